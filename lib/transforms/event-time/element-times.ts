import {type Bundle, checkTimestamp, tooEarly} from '../../core/index.ts'
import {badOption, durationOption} from '../../errors/index.ts'
import type {Duration} from '../../util/index.ts'

/** How event times are taken from elements. */
export interface ElementTimeOptions {
  /**
   * Starts a watermark anew: the largest timestamp so far minus this. Default: the input's watermark passes on. Behind a stream
   * that is not sluice's there is no watermark to pass on.
   */
  outOfOrder?: Duration | undefined
  /** How much earlier than before an element's timestamp may become; default 0. Not with `outOfOrder`, which has no such limit. */
  allowedSkew?: Duration | undefined
}

/** Event times by a function of the element, and the watermark that follows from them. */
export class ElementTimes<I> {
  readonly #where: string
  readonly #fn: (element: I) => number
  readonly #outOfOrder: number | undefined
  readonly #skew: number
  #latest = Number.NEGATIVE_INFINITY

  /** `where` names the stage and `option` the function in errors. */
  constructor(where: string, option: string, fn: (element: I) => number, options: ElementTimeOptions) {
    const {outOfOrder, allowedSkew} = options
    if (typeof fn !== 'function') throw badOption(where, option, fn, 'a function element => milliseconds')
    this.#where = where
    this.#fn = fn
    this.#outOfOrder = outOfOrder === undefined ? undefined : durationOption(where, 'outOfOrder', outOfOrder, 0)
    const skew = durationOption(where, 'allowedSkew', allowedSkew, 0)
    this.#skew = outOfOrder === undefined ? skew : Number.POSITIVE_INFINITY
    if (outOfOrder !== undefined && allowedSkew !== undefined)
      throw badOption(
        where,
        'allowedSkew',
        allowedSkew,
        'either this or outOfOrder, which starts a watermark of its own',
      )
  }

  /** The event time of element `i`; throws for one that it cannot have. */
  of(bundle: Bundle<I>, i: number): number {
    const timestamp = this.#fn(bundle.values[i]!)
    checkTimestamp(timestamp, this.#where)
    const own = bundle.timestamps?.[i]
    if (own !== undefined && timestamp < own - this.#skew) throw tooEarly(timestamp, own)
    if (timestamp > this.#latest) this.#latest = timestamp
    return timestamp
  }

  /** The watermark after what has been asked so far, that of the input given. */
  after(watermark: number): number {
    return this.#outOfOrder === undefined ? watermark : this.#latest - this.#outOfOrder
  }
}
