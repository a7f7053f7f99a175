import {type Bundle, DoFn, isBundle, originOf} from '../../core/index.ts'
import type {LimitGate} from './limit-gate.ts'

type Tags = {[tag: string]: unknown}

/** `--limit N`: passes N elements on, then ends the source. */
export class LimitStep extends DoFn<unknown, unknown, Tags> {
  readonly #end: () => void
  readonly #isLast: boolean
  #left: number
  #gate: LimitGate | undefined

  /** @param isLast true if no other limit follows */
  constructor(limit: number, isLast: boolean, end: () => void) {
    super({name: 'limit'})
    this.#left = limit
    this.#isLast = isLast
    this.#end = end
  }

  /** Reports to `gate` from now on which records have passed. */
  tell(gate: LimitGate): void {
    this.#gate = gate
  }

  override _write(chunk: Bundle<unknown>, encoding: BufferEncoding, done: () => void): void {
    if (this.#gate && this.#left > 0 && isBundle(chunk)) this.#look(chunk as Bundle<unknown>, this.#gate)
    super._write(chunk, encoding, done)
  }

  /** Finds, before any value is processed, the last one that will pass. */
  #look({values, ids}: Bundle<unknown>, gate: LimitGate): void {
    const passing = Math.min(this.#left, values.length)
    const origin = passing > 0 ? originOf(ids, passing - 1) : undefined
    if (!origin) return
    if (passing === this.#left) gate.reached(origin)
    else if (this.#isLast) gate.passed(origin)
  }

  override process(element: unknown): unknown[] {
    if (this.#left === 0) return []
    this.#left--
    if (this.#left === 0) this.#end()
    return [element]
  }
}
