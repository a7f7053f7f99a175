import {DoFn, type DoFnOptions, type StageContext} from '../core/index.ts'
import {show} from '../errors/index.ts'
import {UsageError} from './exit.ts'
import {fieldsOf} from './output-lines.ts'
import {names} from './pipe-settings.ts'

type Tags = {[tag: string]: unknown}
type Row = Record<string, unknown>

/** `--select` or `--rename`: changes the fields of records, and tells at the end which of the names that it was given no record had. */
class FieldsStep extends DoFn<unknown, Row, Tags> {
  readonly #change: (row: Row) => Row
  readonly #unseen: Set<string>
  #example: string[] | undefined

  constructor(named: readonly string[], change: (row: Row) => Row, options: DoFnOptions<Tags>) {
    super(options)
    this.#change = change
    this.#unseen = new Set(named)
  }

  override process(record: unknown): Row[] {
    const row = fieldsOf(record)
    for (const name of this.#unseen) if (Object.hasOwn(row, name)) this.#unseen.delete(name)
    this.#example ??= Object.keys(row)
    return [this.#change(row)]
  }

  override teardown(_context: StageContext<Tags>): void {
    if (this.#example === undefined || this.#unseen.size === 0) return
    const unseen = [...this.#unseen].map(name => show(name)).join(', ')
    const which = this.#unseen.size === 1 ? 'the field' : 'any of the fields'
    this.info.logger.warn(
      `--${this.info.name}: no record has ${which} ${unseen}; the first has ${this.#example.join(', ')}`,
    )
  }
}

/** The step that `--select a,b` stands for: fields that a record does not have are null. */
export function selectStep(list: string, options: DoFnOptions<Tags>): FieldsStep {
  const fields = names('--select', list)
  const select = (row: Row) =>
    Object.fromEntries(fields.map(field => [field, Object.hasOwn(row, field) ? row[field] : null]))
  return new FieldsStep(fields, select, {...options, name: 'select'})
}

/** The step that `--rename old=new` stands for. */
export function renameStep(list: string, options: DoFnOptions<Tags>): FieldsStep {
  const pairs = names('--rename', list).map(pair => {
    const [from = '', to = '', ...rest] = pair.split('=')
    if (from === '' || to === '' || rest.length > 0)
      throw new UsageError(`--rename has '${pair}'; give old=new, several with commas between`)
    return [from, to] as const
  })
  const renamed = new Map(pairs)
  const rename = (row: Row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [renamed.get(name) ?? name, value]))
  return new FieldsStep([...renamed.keys()], rename, {...options, name: 'rename'})
}
