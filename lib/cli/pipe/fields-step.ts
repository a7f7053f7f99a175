import {columnsAbove, DoFn, type DoFnOptions, type StageContext, stageDescriptor} from '../../core/index.ts'
import {show} from '../../errors/index.ts'
import {UsageError} from '../report/exit.ts'
import {type Casts, castFields} from './casts.ts'
import {fieldsOf} from './output-lines.ts'
import {names} from './pipe-settings.ts'
import {UnseenFields} from './unseen-fields.ts'

type Tags = {[tag: string]: unknown}
type Row = Record<string, unknown>

/** `--select`, `--rename` or `--cast`: changes fields of records, and at the end warns about names that no record had. */
class FieldsStep extends DoFn<unknown, Row, Tags> {
  readonly #change: (row: Row) => Row
  readonly #unseen: UnseenFields

  /** @param columns the names of the columns that come out, given those that come in */
  constructor(
    named: readonly string[],
    change: (row: Row) => Row,
    options: DoFnOptions<Tags>,
    columns?: (above: readonly string[] | undefined) => readonly string[] | undefined,
  ) {
    super(options, stageDescriptor({columns: columns && (() => columns(columnsAbove(this.info)))}))
    this.#change = change
    this.#unseen = new UnseenFields(named)
  }

  override process(record: unknown): Row[] {
    const row = fieldsOf(record)
    this.#unseen.look(row)
    return [this.#change(row)]
  }

  override teardown(_context: StageContext<Tags>): void {
    const warning = this.#unseen.warning(this.info.name)
    if (warning) this.info.logger.warn(warning)
  }
}

/** A step that hands records on, and at the end warns about fields that a flag names and no record had. */
export function passStep(name: string, fields: readonly string[], options: DoFnOptions<Tags>): FieldsStep {
  return new FieldsStep(
    fields,
    row => row,
    {...options, name},
    above => above,
  )
}

/** The step for `--select a,b`: fields that a record lacks become null. */
export function selectStep(list: string, options: DoFnOptions<Tags>): FieldsStep {
  const fields = names('--select', list)
  const select = (row: Row) =>
    Object.fromEntries(fields.map(field => [field, Object.hasOwn(row, field) ? row[field] : null]))
  return new FieldsStep(fields, select, {...options, name: 'select'}, () => fields)
}

/** The step for `--rename old=new`. All renames happen at once, so `a=b,b=a` swaps two fields. */
export function renameStep(list: string, options: DoFnOptions<Tags>): FieldsStep {
  const pairs = names('--rename', list).map(pair => {
    const [from = '', to = '', ...rest] = pair.split('=')
    if (from === '' || to === '' || rest.length > 0)
      throw new UsageError(`--rename has '${pair}'; give old=new, separated by commas for several`)
    return [from, to] as const
  })
  const renamed = new Map(pairs)
  const twice = pairs.find(([from, to]) => renamed.get(from) !== to)
  if (twice)
    throw new UsageError(`--rename gives '${twice[0]}' two names: '${twice[1]}' and '${renamed.get(twice[0])}'`)
  const rename = (row: Row) => {
    const names = Object.keys(row)
    const given = names.map(name => renamed.get(name) ?? name)
    if (new Set(given).size < given.length) throw collision(names, given)
    return Object.fromEntries(given.map((name, i) => [name, row[names[i]!]]))
  }
  return new FieldsStep([...renamed.keys()], rename, {...options, name: 'rename'}, above =>
    above?.map(name => renamed.get(name) ?? name),
  )
}

/** The step for `--cast` with formats whose reader does not cast. */
export function castStep({fields}: Casts, options: DoFnOptions<Tags>): FieldsStep {
  return new FieldsStep(Object.keys(fields), row => castFields(fields, row), {...options, name: 'cast'})
}

/** The error for a record that already has a field of the new name, or two fields that would get it. */
function collision(names: readonly string[], given: readonly string[]): Error {
  const second = given.findIndex((name, i) => given.indexOf(name) < i)
  const first = given.indexOf(given[second]!)
  const [kept, other] = [names[first]!, names[second]!]
  return new Error(
    `the record has both ${show(kept)} and ${show(other)}, and one of them would be lost as ${show(given[second])}: ` +
      `rename the other one too, or drop it in an earlier step`,
  )
}
