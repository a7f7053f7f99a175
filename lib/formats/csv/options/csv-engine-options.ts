import {badOption, enumOption, SluiceError} from '../../../errors/index.ts'
import type {CsvParseOptions} from './csv-parse-options.ts'

/** The parser: see `engine` in `CsvOptions`. */
export type CsvEngine = 'auto' | 'fast' | 'csv-parse'

/** Options that say which parser reads. */
export interface CsvEngineOptions {
  /**
   * The parser. `'fast'`, this package's own, has one ASCII character as the delimiter, quotes written twice inside quotes,
   * and can go on after a malformed record; `'csv-parse'` is that package. Default `'auto'`: the fast one wherever the
   * options allow it. Both give the same rows for well-formed input.
   */
  engine?: CsvEngine | undefined
  /** Options passed through to csv-parse, by its names, such as `{comment: '#', trim: true}`; the engine is csv-parse then. */
  csvParse?: CsvParseOptions | undefined
}

/** The dialect that the options describe. */
interface Dialect {
  delimiter: string
  quote: string | null
  escape: string | null
}

/** The engine that reads; throws ERR_SLUICE_OPTION when the one asked for cannot. */
export function chooseEngine(where: string, options: CsvEngineOptions, dialect: Dialect): Exclude<CsvEngine, 'auto'> {
  const engine = enumOption<CsvEngine>(where, 'engine', options.engine, 'auto', ['auto', 'fast', 'csv-parse'])
  const obstacle = obstacleToFast(options, dialect)
  if (engine === 'auto') return obstacle ? 'csv-parse' : 'fast'
  if (engine === 'csv-parse' || !obstacle) return engine
  if (obstacle === 'csvParse')
    throw new SluiceError(
      'ERR_SLUICE_OPTION',
      `${where}: option \`csvParse\` is for csv-parse, but \`engine\` is 'fast'; leave one of them out`,
      {stage: where},
    )
  const allowed =
    obstacle === 'delimiter' ? 'one ASCII character' : `the quote, ${JSON.stringify(dialect.quote)}, or none`
  throw badOption(where, obstacle, dialect[obstacle], `${allowed} with \`engine: 'fast'\`, or leave \`engine\` out`)
}

/** The option that the fast engine has no notion of. */
function obstacleToFast(options: CsvEngineOptions, dialect: Dialect): 'csvParse' | 'delimiter' | 'escape' | undefined {
  if (options.csvParse !== undefined) return 'csvParse'
  if (dialect.escape !== dialect.quote) return 'escape'
  return /^[\0-\x7f]$/.test(dialect.delimiter) ? undefined : 'delimiter'
}
