import {atMost, type StageInfo, systemClock} from '../../../core/index.ts'
import {type Deferred, deferred, formatDuration} from '../../../util/index.ts'
import {AckSender} from '../leases/ack-sender.ts'
import type {HeldMessage, Quota} from '../leases/held-message.ts'
import {LeaseManager} from '../leases/lease-manager.ts'
import {Receipts} from '../leases/receipts.ts'
import type {PubSubError} from '../service/pubsub-error.ts'
import type {PubSubPort, PullResponse} from '../service/pubsub-port.ts'
import {toSluiceError} from '../service/to-sluice-error.ts'
import {MessageQueue} from '../streams/message-queue.ts'
import {StreamPool} from '../streams/stream-pool.ts'
import {SourceWatermark} from '../watermark/source-watermark.ts'
import {Intake} from './intake.ts'
import type {PubSubReadConfig} from './options.ts'
import {SessionReports} from './session-reports.ts'

/** How long `close()` waits for acknowledgements to be sent, ms. */
export const CLOSE_GRACE = 5000

/** Callbacks from a session to its source. */
interface SessionEvents {
  /** A message has been settled. */
  settled(): void
  fatal(error: Error): void
}

/** Reads one subscription: its streams, the messages received, and how they are settled. */
export class PullSession {
  readonly leases: LeaseManager
  readonly subscription: string
  readonly #config: PubSubReadConfig
  readonly #info: StageInfo
  readonly #events: SessionEvents
  readonly #reports: SessionReports
  readonly #sender: AckSender
  readonly #pool: StreamPool
  readonly #watermark: SourceWatermark
  readonly #queue = new MessageQueue()
  readonly #intake: Intake
  #wake: Deferred<void> | undefined
  readonly #receipts: Receipts
  #ended = false

  constructor(
    port: PubSubPort,
    subscription: string,
    config: PubSubReadConfig,
    info: StageInfo,
    events: SessionEvents,
  ) {
    this.subscription = subscription
    this.#config = config
    this.#info = info
    this.#events = events
    // a temporary subscription has had no earlier reader
    const restartHold = config.options.subscription === undefined ? 0 : config.restartHold
    this.#watermark = new SourceWatermark({window: config.watermarkWindow, restartHold})
    this.#reports = new SessionReports(info, subscription)
    const {extra} = info.metrics
    Object.assign(extra, {received: 0, streams: 0, retries: 0})
    this.#sender = new AckSender(port, subscription, () => info.clock, {
      acked: count => void (extra['acked']! += count),
      retry: () => void extra['retries']!++,
      lost: (count, why) => this.#reports.lostAcks(count, why),
      fatal: error => this.#fatal(error),
    })
    this.leases = this.#makeLeases()
    this.#intake = new Intake(config, info, this.leases, this.#watermark)
    this.#pool = this.#makeStreams(port)
    this.#receipts = new Receipts(
      this.#sender,
      () => this.leases.deadline,
      ours => this.#enqueue(ours),
      lost => {
        for (const message of lost) this.leases.drop(message)
      },
    )
  }

  #makeLeases(): LeaseManager {
    const {maxLease, dedupWindow} = this.#config
    return new LeaseManager({
      stage: this.#info.name,
      subscription: this.subscription,
      sender: this.#sender,
      clock: () => this.#info.clock,
      logger: () => this.#info.log,
      extra: this.#info.metrics.extra,
      maxLease,
      dedupWindow,
      settled: (message, returned) => this.#settled(message, returned),
      deadlineChanged: seconds => this.#pool.setDeadline(seconds),
    })
  }

  #makeStreams(port: PubSubPort): StreamPool {
    const {streams, maxOutstanding, maxOutstandingBytes} = this.#config
    return new StreamPool({
      port,
      subscription: this.subscription,
      clock: () => this.#info.clock,
      streams,
      maxOutstanding,
      maxOutstandingBytes,
      received: (response, quota) => this.#received(response, quota),
      deadline: () => this.leases.deadline,
      opened: () => {
        this.#info.metrics.extra['streams']!++
        this.#interrupted()
      },
      replaced: () => {
        this.#interrupted()
        this.#reports.replaced()
      },
      failed: (error, pause, downFor) => {
        this.#interrupted()
        this.#reports.streamFailed(error, pause, downFor)
      },
      fatal: error => this.#fatal(error),
    })
  }

  #fatal(error: PubSubError): void {
    if (!this.#ended) this.#events.fatal(toSluiceError(this.#info.name, 'pull', this.subscription, error))
  }

  start(): void {
    this.#pool.start()
  }

  /** Number of messages received and waiting to be taken. */
  get backlog(): number {
    return this.#queue.length
  }

  /** Takes up to this many messages and bytes (always at least one), within the limit of outstanding messages. */
  take(maxMessages: number, maxBytes: number): HeldMessage[] {
    const {maxOutstanding, maxOutstandingBytes} = this.#config
    // a server that respects the limits of its streams never sends more than that
    const out = this.leases.size - this.backlog
    const outBytes = this.leases.bytes - this.#queue.bytes
    const room = Math.min(maxMessages, maxOutstanding - out)
    if (room <= 0) return []
    const taken = this.#queue.take(room, maxBytes, maxOutstandingBytes - outBytes, out === 0)
    this.#checkBacklog()
    // some may have been given up or given back meanwhile
    return taken.filter(message => message.state === 'held')
  }

  /** The current watermark. */
  watermark(): number {
    const now = this.#info.clock.now()
    return this.#watermark.estimate(now, this.#pool.delivery(now))
  }

  /** Messages in flight on a broken stream are redelivered when their ack deadline expires. */
  #interrupted(): void {
    const now = this.#info.clock.now()
    if (this.#pool.delivery(now).startedAt !== undefined) this.#watermark.interrupted(now, this.leases.deadline * 1000)
  }

  /** Resolves when messages may have arrived, or after this many milliseconds. */
  async wait(ms: number): Promise<void> {
    if (this.#ended) return
    this.#wake ??= deferred()
    const timer = this.#info.clock.setTimeout(() => this.#wakeUp(), ms, true)
    await this.#wake.promise
    timer.cancel()
  }

  /** Stops pulling, and gives back messages that were not taken. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#pool.stop()
    this.leases.end()
    for (const message of this.#queue.clear()) message.giveBack()
    this.#wakeUp()
  }

  /** Sends the remaining acknowledgements, for a few seconds at most. */
  async close(): Promise<void> {
    this.end()
    this.leases.close()
    // waits for the network in real time
    await atMost(systemClock, CLOSE_GRACE, this.#sender.settled())
    const {pending} = this.#sender
    if (pending > 0) this.#reports.lostAcks(pending, `Pub/Sub did not answer within ${formatDuration(CLOSE_GRACE)}`)
    this.#sender.stop()
  }

  #wakeUp(): void {
    this.#wake?.resolve()
    this.#wake = undefined
  }

  #settled(message: HeldMessage, returned: boolean): void {
    if (returned && !this.#ended) this.#watermark.returned(message.key, message.holdsAt, this.#info.clock.now())
    else this.#watermark.acknowledged(message.holdsAt)
    this.#pool.settled(message.quota, message.bytes)
    // there is room for another message
    if (this.backlog > 0 && !this.#ended) this.#wakeUp()
    this.#events.settled()
  }

  #received({receivedMessages, subscriptionProperties}: PullResponse, quota: Quota): void {
    const exactlyOnce = subscriptionProperties?.exactlyOnceDeliveryEnabled === true
    if (subscriptionProperties && exactlyOnce !== this.leases.times.exactlyOnce) this.leases.exactlyOnce = exactlyOnce
    if (receivedMessages.length === 0 || this.#ended) return
    const held = this.#intake.hold(receivedMessages, quota)
    if (exactlyOnce) this.#receipts.add(held)
    else this.#enqueue(held)
  }

  #enqueue(messages: readonly HeldMessage[]): void {
    if (this.#ended) {
      for (const message of messages) message.giveBack()
      return
    }
    for (const message of messages) this.#queue.push(message)
    this.#checkBacklog()
    this.#wakeUp()
  }

  /** Holds back a server that ignores the limits of its streams. */
  #checkBacklog(): void {
    this.#pool.pause(this.backlog > 0 && this.leases.size > this.#config.maxOutstanding)
  }

  /** The current values of the session's metrics. */
  observe(): Record<string, number> {
    return {
      outstanding: this.leases.size - this.backlog,
      outstandingBytes: this.leases.bytes - this.#queue.bytes,
      backlog: this.backlog,
      oldestUnackedMs: this.leases.oldestAge(this.#info.clock.now()),
      ackDeadlineSeconds: this.leases.deadline,
    }
  }
}
