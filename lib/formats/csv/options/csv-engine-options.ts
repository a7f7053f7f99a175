import {badOption, enumOption, SluiceError} from '../../../errors/index.ts'
import type {CsvParseOptions} from './csv-parse-options.ts'

/** The parser: see `engine` in `CsvOptions`. */
export type CsvEngine = 'auto' | 'fast' | 'csv-parse'

/** Options that choose the parser. */
export interface CsvEngineOptions {
  /**
   * The parser. `'fast'`, this package's own, takes one ASCII character as the delimiter and doubled quotes inside quotes,
   * and can continue after a malformed record; `'csv-parse'` is the package of that name. Default `'auto'`: the fast one
   * wherever the options allow it. Both produce the same rows for well-formed input.
   */
  engine?: CsvEngine | undefined
  /**
   * Options passed through to csv-parse under its own names, such as `{comment: '#', trim: true}`; they select csv-parse as
   * the engine.
   */
  csvParse?: CsvParseOptions | undefined
}

/** The dialect that the options describe. */
interface Dialect {
  delimiter: string
  quote: string | null
  escape: string | null
}

/** The engine to use; throws ERR_SLUICE_OPTION if the requested one cannot read this dialect. */
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

/** The option that the fast engine does not support. */
function obstacleToFast(options: CsvEngineOptions, dialect: Dialect): 'csvParse' | 'delimiter' | 'escape' | undefined {
  if (options.csvParse !== undefined) return 'csvParse'
  if (dialect.escape !== dialect.quote) return 'escape'
  return /^[\0-\x7f]$/.test(dialect.delimiter) ? undefined : 'delimiter'
}
