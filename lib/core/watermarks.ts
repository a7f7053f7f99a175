import type {Bundle} from './bundle.ts'
import type {StageInfo} from './stage-info.ts'

/** The input watermark of a stage: the smallest over its piped inputs; a bundle names its input. */
export class InputWatermarks {
  readonly #inputs = new Map<StageInfo | undefined, number>()

  /** An input was piped in: it holds the watermark back until it says something. */
  add(input: StageInfo | undefined): void {
    if (!this.#inputs.has(input)) this.#inputs.set(input, Number.NEGATIVE_INFINITY)
  }

  /** An input has ended or was taken away. */
  remove(input: StageInfo | undefined): void {
    this.#inputs.delete(input)
  }

  /** The watermark after this bundle. */
  after(bundle: Bundle<unknown>): number {
    if (this.#inputs.size <= 1) return bundle.watermark
    const known = this.#inputs.get(bundle.from)
    if (known === undefined || known < bundle.watermark) this.#inputs.set(bundle.from, bundle.watermark)
    return Math.min(...this.#inputs.values())
  }
}
