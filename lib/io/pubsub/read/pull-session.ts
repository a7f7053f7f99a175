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

/** How long the close waits for acknowledgements to be sent, ms. */
export const CLOSE_GRACE = 5000

/** What a session tells the source. */
interface SessionEvents {
  /** A message was settled. */
  settled(): void
  fatal(error: Error): void
}

/** Reading one subscription: streams, what they have brought, and what is to become of it. */
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
    // a temporary subscription has had no reader before
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

  /** Messages that have been received and wait to be taken. */
  get backlog(): number {
    return this.#queue.length
  }

  /** Takes what is there, up to so many messages and bytes (one always), within the limit of what may be outstanding. */
  take(maxMessages: number, maxBytes: number): HeldMessage[] {
    const {maxOutstanding, maxOutstandingBytes} = this.#config
    // a server that keeps to the limits of its streams never gives more than that
    const out = this.leases.size - this.backlog
    const outBytes = this.leases.bytes - this.#queue.bytes
    const room = Math.min(maxMessages, maxOutstanding - out)
    if (room <= 0) return []
    const taken = this.#queue.take(room, maxBytes, maxOutstandingBytes - outBytes, out === 0)
    this.#checkBacklog()
    // given up, or given back, meanwhile
    return taken.filter(message => message.state === 'held')
  }

  /** The watermark now. */
  watermark(): number {
    const now = this.#info.clock.now()
    return this.#watermark.estimate(now, this.#pool.delivery(now))
  }

  /** What a stream that broke had under way comes again when its ack deadline ends. */
  #interrupted(): void {
    const now = this.#info.clock.now()
    if (this.#pool.delivery(now).startedAt !== undefined) this.#watermark.interrupted(now, this.leases.deadline * 1000)
  }

  /** Resolves when something may have come, or after so long. */
  async wait(ms: number): Promise<void> {
    if (this.#ended) return
    this.#wake ??= deferred()
    const timer = this.#info.clock.setTimeout(() => this.#wakeUp(), ms, true)
    await this.#wake.promise
    timer.cancel()
  }

  /** No more messages: those that were not taken are given back. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#pool.stop()
    this.leases.end()
    for (const message of this.#queue.clear()) message.giveBack()
    this.#wakeUp()
  }

  /** Sends what is still to be sent, for a few seconds at most. */
  async close(): Promise<void> {
    this.end()
    this.leases.close()
    // the network is waited for in real time
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
    // there is room for one more
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

  /** Holds a server back that does not keep to the limits of a stream. */
  #checkBacklog(): void {
    this.#pool.pause(this.backlog > 0 && this.leases.size > this.#config.maxOutstanding)
  }

  /** How the session stands now. */
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
