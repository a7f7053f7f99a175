import {Bundle, type Producer} from '../../bundle/bundle.ts'

interface Input {
  watermark: number
  /** How many times it is piped in: a stream can be piped again while the bundle that removes it is still buffered. */
  pipes: number
}

/**
 * The input watermark of a stage: the smallest of its piped inputs; each bundle names its input.
 *
 * An input is removed by a bundle too (`leaving`), written after all others: so whatever is still buffered of an input that has
 * ended counts.
 */
export class InputWatermarks {
  readonly #inputs = new Map<Producer | undefined, Input>()

  /** An input was piped in: it holds the watermark back until it has one itself. */
  add(input: Producer | undefined): void {
    const known = this.#inputs.get(input)
    if (known) known.pipes++
    else this.#inputs.set(input, {watermark: Number.NEGATIVE_INFINITY, pipes: 1})
  }

  /** The number of inputs. */
  get inputs(): number {
    return this.#inputs.size
  }

  /** The empty bundle that removes an input; its +Infinity never leaves the stage. */
  static leaving(input: Producer | undefined): Bundle<never> {
    const bundle = new Bundle<never>([], {watermark: Number.POSITIVE_INFINITY})
    bundle.from = input
    return bundle
  }

  /** The watermark after this bundle; -Infinity if it is unchanged. */
  after(bundle: Bundle<unknown>): number {
    const {from, watermark} = bundle
    const input = this.#inputs.get(from)
    if (watermark === Number.POSITIVE_INFINITY) {
      if (input && --input.pipes === 0) this.#inputs.delete(from)
    } else if (input) {
      if (input.watermark < watermark) input.watermark = watermark
    } else if (this.#inputs.size === 0) return watermark
    let smallest = Number.POSITIVE_INFINITY
    for (const known of this.#inputs.values()) if (known.watermark < smallest) smallest = known.watermark
    return smallest === Number.POSITIVE_INFINITY ? Number.NEGATIVE_INFINITY : smallest
  }
}
