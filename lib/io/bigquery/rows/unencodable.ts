import {show} from '../../../errors/index.ts'

/**
 * Why a value cannot be sent to BigQuery. Returned, not thrown: in bad input every row may have one, and the stack of an
 * error costs more than the row.
 */
export class Unencodable {
  /** Path of the field, `address.lines[2]`. */
  path: string
  readonly message: string
  /** True when the row has a field that the schema lacks. */
  readonly unknownField: boolean

  constructor(message: string, path = '', unknownField = false) {
    this.message = message
    this.path = path
    this.unknownField = unknownField
  }

  /** The same problem seen from one level up. */
  within(outer: string): this {
    const glue = this.path === '' || this.path.startsWith('[') ? '' : '.'
    this.path = `${outer}${glue}${this.path}`
    return this
  }
}

/** "`x` is …, not …" for a value of the wrong kind. */
export function unfit(value: unknown, wanted: string): Unencodable {
  return new Unencodable(`${show(value)} is not ${wanted}`)
}

/** Encodes a value as JSON text, or reports why it cannot. */
export type Encode = (value: unknown) => string | Unencodable
