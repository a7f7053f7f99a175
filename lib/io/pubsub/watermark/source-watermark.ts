import {AwaitedMessages} from './awaited-messages.ts'
import {MinMultiset} from './min-multiset.ts'
import {WindowedMin} from './windowed-min.ts'

/** The service redelivers a message within 10 minutes (the limit of a retry policy); this adds a margin, ms. */
const LONGEST_REDELIVERY = 11 * 60_000
/** How long a delivery delay counts, ms: the delays of a backlog must not hold back an idle subscription forever. */
const DELAY_WINDOW = 10 * 60_000
/** The least delivery delay to assume, ms. */
const LEAST_DELAY = 1000

/** The settings of a {@link SourceWatermark}, ms. */
interface WatermarkPolicy {
  /** The estimate is the smallest timestamp of messages that arrived within this time. */
  readonly window: number
  /** How long the watermark stays unknown after the first connection. */
  readonly restartHold: number
}

/** What the streams of a subscription know about messages still to come. */
export interface Delivery {
  /** Since when a stream has been open; undefined if none has ever been. */
  readonly startedAt: number | undefined
  /** Since when nothing has kept the service from delivering everything it has; +Infinity if something does now. */
  readonly freeSince: number
}

/**
 * The watermark of a subscription, estimated as in Beam's reader: the smallest timestamp of the messages that arrived in the last
 * minute. It never moves backwards, and never passes
 *
 * - a message that is held and unacknowledged,
 * - one that was given back and has not been redelivered, for at most 11 minutes,
 * - messages left behind by an earlier process or a broken stream: they are redelivered when their ack deadline expires.
 *
 * It follows the clock only after a window without messages in which nothing kept the service from delivering, and then stays
 * behind the clock by the largest lag seen.
 */
export class SourceWatermark {
  readonly #policy: WatermarkPolicy
  readonly #held = new MinMultiset()
  readonly #awaited = new AwaitedMessages(LONGEST_REDELIVERY)
  readonly #recent: WindowedMin
  /** Delays between publishing and arrival, negated. */
  readonly #delays = new WindowedMin(DELAY_WINDOW)
  /** The largest lag of a timestamp behind its message's publish time, ms. */
  #lag = 0
  #heldUntil = Number.NEGATIVE_INFINITY
  #last = Number.NEGATIVE_INFINITY

  constructor(policy: WatermarkPolicy) {
    this.#policy = policy
    this.#recent = new WindowedMin(policy.window)
  }

  /** Records that a message has arrived and is held. */
  arrived(key: string, timestamp: number): void {
    this.#awaited.arrived(key)
    this.#held.add(timestamp)
  }

  /**
   * Records that a response has arrived.
   *
   * @param oldest the smallest timestamp in it
   * @param lag the largest lag between a timestamp and its publish time in it, ms
   * @param delay the largest delay between a publish time and now in it, ms
   */
  sample(oldest: number, lag: number, delay: number, now: number): void {
    this.#recent.add(oldest, now)
    this.#delays.add(-delay, now)
    if (lag > this.#lag) this.#lag = lag
  }

  /** Records that a held message has been acknowledged. */
  acknowledged(timestamp: number): void {
    this.#held.delete(timestamp)
  }

  /** Records that a held message was given back or its lease has ended, so it will be redelivered. */
  returned(key: string, timestamp: number, now: number): void {
    this.#held.delete(timestamp)
    this.#awaited.add(key, timestamp, now)
  }

  /** Records that messages may have been lost in transit, to be redelivered within `ms`. */
  interrupted(now: number, ms: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, now + ms)
  }

  /** The current watermark. */
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
