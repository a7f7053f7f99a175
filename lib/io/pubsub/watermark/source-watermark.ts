import {AwaitedMessages} from './awaited-messages.ts'
import {MinMultiset} from './min-multiset.ts'
import {WindowedMin} from './windowed-min.ts'

/** The service delivers a message that was given back within 10 minutes (the limit of a retry policy); with a margin, ms. */
const LONGEST_REDELIVERY = 11 * 60_000
/** For how long delays of delivery count, ms: those of a backlog must not hold an idle subscription back for ever. */
const DELAY_WINDOW = 10 * 60_000
/** Least delay of delivery that is reckoned with, ms. */
const LEAST_DELAY = 1000

/** How a {@link SourceWatermark} estimates, ms. */
interface WatermarkPolicy {
  /** The estimate is the smallest timestamp of messages that arrived within this time. */
  readonly window: number
  /** The watermark stays unknown for so long after the first connection. */
  readonly restartHold: number
}

/** What the streams of a subscription can say about what is still to come. */
export interface Delivery {
  /** Since when a stream has been open; undefined if none has ever been. */
  readonly startedAt: number | undefined
  /** Since when nothing has kept the service from delivering all that it has; +Infinity if something does now. */
  readonly freeSince: number
}

/**
 * The watermark of a subscription, estimated as Beam's reader does it: the smallest timestamp of what arrived in the last
 * minute. It never goes backwards, and never passes
 *
 * - a message that is held and not acknowledged,
 * - one that was given back and is not here again, for 11 minutes at most,
 * - those that an earlier process, or a broken stream, left behind: they come again when their ack deadline ends.
 *
 * It follows the clock only after a window without messages in which nothing kept the service from delivering, and then stays
 * behind it by the largest lag of a message.
 */
export class SourceWatermark {
  readonly #policy: WatermarkPolicy
  readonly #held = new MinMultiset()
  readonly #awaited = new AwaitedMessages(LONGEST_REDELIVERY)
  readonly #recent: WindowedMin
  /** Negative delays between publishing and arrival. */
  readonly #delays = new WindowedMin(DELAY_WINDOW)
  /** The largest lag between a timestamp and the publishing of its message, ms. */
  #lag = 0
  #heldUntil = Number.NEGATIVE_INFINITY
  #last = Number.NEGATIVE_INFINITY

  constructor(policy: WatermarkPolicy) {
    this.#policy = policy
    this.#recent = new WindowedMin(policy.window)
  }

  /** A message has arrived and is held. */
  arrived(key: string, timestamp: number): void {
    this.#awaited.arrived(key)
    this.#held.add(timestamp)
  }

  /**
   * A response has arrived.
   *
   * @param oldest the smallest timestamp in it
   * @param lag the largest lag between timestamp and publishing in it, ms
   * @param delay the largest delay between publishing and now in it, ms
   */
  sample(oldest: number, lag: number, delay: number, now: number): void {
    this.#recent.add(oldest, now)
    this.#delays.add(-delay, now)
    if (lag > this.#lag) this.#lag = lag
  }

  /** A message is no longer held: it is acknowledged. */
  acknowledged(timestamp: number): void {
    this.#held.delete(timestamp)
  }

  /** A message is no longer held: it was given back, or its lease is over, and it will come again. */
  returned(key: string, timestamp: number, now: number): void {
    this.#held.delete(timestamp)
    this.#awaited.add(key, timestamp, now)
  }

  /** Messages may have been lost on their way, and come again within `ms`. */
  interrupted(now: number, ms: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, now + ms)
  }

  /** The watermark at this moment. */
  estimate(now: number, {startedAt, freeSince}: Delivery): number {
    if (startedAt === undefined || now < startedAt + this.#policy.restartHold || now < this.#heldUntil)
      return this.#last
    let bound = this.#recent.min(now)
    if (bound === Number.POSITIVE_INFINITY) {
      if (now - freeSince < this.#policy.window) return this.#last
      bound = now - this.#lag - Math.max(LEAST_DELAY, -this.#delays.min(now))
    }
    const estimate = Math.min(bound, this.#held.min, this.#awaited.oldest(now))
    if (estimate > this.#last) this.#last = estimate
    return this.#last
  }
}
