import {show} from '../../errors/index.ts'

/** Notices the fields that a flag names and no record has. */
export class UnseenFields {
  readonly #unseen: Set<string>
  #example: string[] | undefined

  constructor(named: readonly string[]) {
    this.#unseen = new Set(named)
  }

  look(row: object): void {
    for (const name of this.#unseen) if (Object.hasOwn(row, name)) this.#unseen.delete(name)
    this.#example ??= Object.keys(row)
  }

  /** The warning at the end; undefined if there is nothing to report. */
  warning(step: string): string | undefined {
    if (this.#example === undefined || this.#unseen.size === 0) return undefined
    const unseen = [...this.#unseen].map(name => show(name)).join(', ')
    const which = this.#unseen.size === 1 ? 'the field' : 'any of the fields'
    return `--${step}: no record has ${which} ${unseen}; the first has ${this.#example.join(', ')}`
  }
}
