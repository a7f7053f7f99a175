import type {Clock, Logger, Timer} from '../../../core/index.ts'
import {formatDuration} from '../../../util/index.ts'
import {AckDeadlineEstimator} from './ack-deadline-estimator.ts'
import type {AckSender} from './ack-sender.ts'
import {DedupWindow} from './dedup-window.ts'
import type {HeldMessage, Holder} from './held-message.ts'
import {NackPauses} from './nack-pauses.ts'

/** How often leases are checked, ms. */
const TICK = 1000
/** A lease is extended when less than this, or less than half of the deadline, is left, ms. */
const MARGIN = 5000

/** What a {@link LeaseManager} works with. */
interface LeaseContext {
  readonly stage: string
  readonly subscription: string
  readonly sender: AckSender
  readonly clock: () => Clock
  readonly logger: () => Logger
  /** The counters it updates. */
  readonly extra: Record<string, number>
  readonly maxLease: number
  readonly dedupWindow: number
  /** A message no longer counts as outstanding; `returned`: it will be redelivered. */
  readonly settled: (message: HeldMessage, returned: boolean) => void
  /** The ack deadline for messages from now on, s. */
  readonly deadlineChanged: (seconds: number) => void
}

/** Holds messages until they are acknowledged or given back: extends their leases, and settles them. */
export class LeaseManager implements Holder {
  readonly subscription: string
  readonly #context: LeaseContext
  readonly #held = new Set<HeldMessage>()
  readonly #dedup: DedupWindow
  readonly #pauses: NackPauses
  readonly times = new AckDeadlineEstimator()
  #bytes = 0
  #timer: Timer | undefined
  #deadline: number
  /** The deadline that arriving messages have at least: a raised one does not apply to messages already on their way. */
  #assumed: number
  /** The run is ending: messages are given back without a pause. */
  #ending = false

  constructor(context: LeaseContext) {
    this.#context = context
    this.subscription = context.subscription
    this.#dedup = new DedupWindow(context.dedupWindow, context.clock)
    this.#pauses = new NackPauses(context.clock)
    this.#deadline = this.#assumed = this.times.deadline
    Object.assign(context.extra, {acked: 0, nacked: 0, duplicates: 0, redelivered: 0, leasesGivenUp: 0})
  }

  /** Number of unsettled messages. */
  get size(): number {
    return this.#held.size
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The ack deadline in force, s. */
  get deadline(): number {
    return this.#deadline
  }

  /** When the lease of a message received now expires. */
  expiry(now: number): number {
    return now + this.#assumed * 1000
  }

  /** How long the oldest unsettled message has been held, ms. */
  oldestAge(now: number): number {
    // a Set keeps the order of reception
    for (const {receivedAt} of this.#held) return now - receivedAt
    return 0
  }

  /**
   * Whether this is another copy of a message that is held or was acknowledged recently. Such a copy is settled with the
   * original and needs no further handling.
   */
  isDuplicate(key: string, ackId: string): boolean {
    const known = this.#dedup.find(key)
    if (known === undefined) return false
    this.#context.extra['duplicates']!++
    if (known === 'done') this.#context.sender.ack([ackId])
    // on an exactly-once subscription only the latest ack id is valid
    else if (this.times.exactlyOnce) known.received.ackId = ackId
    else (known.copies ??= []).push(ackId)
    return true
  }

  hold(message: HeldMessage): void {
    this.#held.add(message)
    this.#bytes += message.bytes
    this.#dedup.hold(message)
    if (message.received.deliveryAttempt > 1) this.#context.extra['redelivered']!++
    this.#timer ??= this.#context.clock().setTimeout(() => this.#tick(), TICK, true)
  }

  done(message: HeldMessage): void {
    const now = this.#context.clock().now()
    this.times.add(now - message.receivedAt)
    this.#pauses.forget(message.key)
    this.#settle(message, false)
    this.#dedup.done(message)
    this.#context.sender.ack(message.ackIds)
  }

  failed(message: HeldMessage): void {
    if (this.#ending) return this.#giveBack(message)
    message.state = 'pausing'
    this.#pauses.begin(message, () => this.#giveBack(message))
  }

  /** Gives the message back without a pause. */
  returned(message: HeldMessage): void {
    if (message.state === 'held') this.#giveBack(message)
  }

  /** Drops a message whose lease is lost: it is not acknowledged, and its next delivery counts as new. */
  drop(message: HeldMessage): void {
    if (message.state === 'settled') return
    this.#settle(message, true)
    this.#dedup.forget(message)
  }

  #giveBack(message: HeldMessage): void {
    if (message.state === 'settled') return
    this.#context.extra['nacked']!++
    this.#settle(message, true)
    this.#dedup.forget(message)
    this.#context.sender.nack(message.ackIds)
  }

  #settle(message: HeldMessage, returned: boolean): void {
    message.state = 'settled'
    this.#held.delete(message)
    this.#bytes -= message.bytes
    this.#context.settled(message, returned)
  }

  /** No more messages will arrive; from now on messages are given back without a pause. */
  end(): void {
    this.#ending = true
    this.#pauses.end()
  }

  /** Gives back every unsettled message. */
  giveBackAll(): void {
    this.end()
    for (const message of [...this.#held]) this.#giveBack(message)
  }

  close(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** Exactly-once subscriptions have longer deadlines. */
  set exactlyOnce(exactlyOnce: boolean) {
    this.times.exactlyOnce = exactlyOnce
    this.#adapt()
  }

  #adapt(): void {
    const wanted = this.times.deadline
    if (wanted === this.#deadline) return
    this.#deadline = wanted
    this.#context.deadlineChanged(wanted)
  }

  #tick(): void {
    this.#timer = undefined
    const {clock, maxLease, sender} = this.#context
    const now = clock().now()
    this.#assumed = Math.min(this.#deadline, this.times.deadline)
    this.#adapt()
    const margin = Math.max(MARGIN, (this.#deadline * 1000) / 2)
    const ids: string[] = []
    for (const message of this.#held) {
      if (now - message.receivedAt >= maxLease) this.#giveUp(message)
      else if (message.expiresAt - now <= margin) {
        message.expiresAt = now + this.#deadline * 1000
        for (const id of message.ackIds) ids.push(id)
      }
    }
    if (ids.length > 0) void sender.extend(ids, this.#deadline)
    if (this.#held.size > 0) this.#timer = clock().setTimeout(() => this.#tick(), TICK, true)
  }

  /** Stops extending the lease: the service will redeliver the message, here or elsewhere. */
  #giveUp(message: HeldMessage): void {
    const {extra, logger, stage, maxLease} = this.#context
    const count = ++extra['leasesGivenUp']!
    if (count === 1)
      logger().warn(
        `${stage}: ${message.describe()} was not settled within ${formatDuration(maxLease)} and is given up; it will be ` +
          "delivered again. Find out which step holds it, or raise `maxLease` (later ones are only counted, in 'leasesGivenUp')",
        {stage},
      )
    this.drop(message)
  }
}
