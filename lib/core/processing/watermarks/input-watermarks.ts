import {Bundle, type Producer} from '../../bundle/bundle.ts'

interface Input {
  watermark: number
  /** How often it is piped in: a stream can be piped again before its leaving has come through the buffer. */
  pipes: number
}

/**
 * The input watermark of a stage: the smallest over its piped inputs; a bundle names its input.
 *
 * An input leaves by a bundle too (`leaving`), written after what it had written before: so what is still buffered of
 * an input that has ended counts.
 */
export class InputWatermarks {
  readonly #inputs = new Map<Producer | undefined, Input>()

  /** An input was piped in: it holds the watermark back until it says something. */
  add(input: Producer | undefined): void {
    const known = this.#inputs.get(input)
    if (known) known.pipes++
    else this.#inputs.set(input, {watermark: Number.NEGATIVE_INFINITY, pipes: 1})
  }

  /** How many inputs there are. */
  get inputs(): number {
    return this.#inputs.size
  }

  /** The empty bundle that says that an input was taken away; +Infinity never leaves the stage. */
  static leaving(input: Producer | undefined): Bundle<never> {
    const bundle = new Bundle<never>([], {watermark: Number.POSITIVE_INFINITY})
    bundle.from = input
    return bundle
  }

  /** The watermark after this bundle; -Infinity when it says nothing new. */
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
