import {type Clock, sleep} from '../../../core/index.ts'
import {isTransient, messageOf, type ServiceErrorKind} from '../../../errors/index.ts'
import {type BackoffPolicy, backoffDelay} from '../../../util/index.ts'
import {PubSubError} from '../service/pubsub-error.ts'
import type {AckFailures, PubSubPort} from '../service/pubsub-port.ts'

/** Ack ids per request: a request is limited to 512 KiB, and an ack id takes up to 200 bytes (https://cloud.google.com/pubsub/quotas). */
const MAX_IDS = 2500
/** Concurrent requests. Ids that arrive meanwhile join the next request, so batches grow with the load and need no timer. */
const MAX_IN_FLIGHT = 4
/** Backoff and time limit of retries, ms: those of Google's client for exactly-once subscriptions. */
const BACKOFF: BackoffPolicy = {base: 1000, cap: 64_000}
const GIVE_UP_AFTER = 10 * 60_000
/** Failures after which no acknowledgement can succeed. */
const FATAL: ReadonlySet<ServiceErrorKind> = new Set([
  'permission-denied',
  'unauthenticated',
  'not-found',
  'precondition-failed',
])

/** Callbacks for the outcome of acknowledgements. */
interface AckEvents {
  /** The service has confirmed this many acknowledgements. */
  acked(count: number): void
  retry(error: unknown): void
  /** This many acknowledgements failed; the service will redeliver the messages. */
  lost(count: number, why: string): void
  /** No further acknowledgement can succeed. */
  fatal(error: PubSubError): void
}

interface Job {
  /** undefined: an ack; 0: a nack; otherwise an extension. */
  readonly seconds: number | undefined
  ids: string[]
  readonly since: number
  tries: number
  /** The pause the service asked for, ms. */
  asked?: number | undefined
}

/** Sends acks and nacks in batches, and retries transient failures. */
export class AckSender {
  readonly #port: PubSubPort
  readonly #subscription: string
  readonly #clock: () => Clock
  readonly #events: AckEvents
  readonly #stop = new AbortController()
  #acks: string[] = []
  #nacks: string[] = []
  #inFlight = 0
  #scheduled = false
  /** Jobs in flight or in backoff. */
  readonly #open = new Set<Job>()
  #idle: (() => void)[] = []

  constructor(port: PubSubPort, subscription: string, clock: () => Clock, events: AckEvents) {
    this.#port = port
    this.#subscription = subscription
    this.#clock = clock
    this.#events = events
  }

  ack(ids: readonly string[]): void {
    for (const id of ids) this.#acks.push(id)
    this.#schedule()
  }

  nack(ids: readonly string[]): void {
    for (const id of ids) this.#nacks.push(id)
    this.#schedule()
  }

  /**
   * Extends the deadline of messages in progress. Not retried: the next extension comes soon.
   *
   * @returns the ids whose lease we have lost, or undefined if the request failed and the outcome is unknown
   */
  async extend(ids: string[], seconds: number): Promise<AckFailures | undefined> {
    const all = new Map<string, 'transient' | 'permanent'>()
    for (let at = 0; at < ids.length; at += MAX_IDS) {
      try {
        const part = ids.slice(at, at + MAX_IDS)
        for (const [id, how] of await this.#port.modifyAckDeadline(this.#subscription, part, seconds)) all.set(id, how)
      } catch (error) {
        this.#failed(error)
        return undefined
      }
    }
    return all
  }

  /** Number of unconfirmed acknowledgements. */
  get pending(): number {
    let count = this.#acks.length + this.#nacks.length
    for (const {ids} of this.#open) count += ids.length
    return count
  }

  /** Resolves when every request has been answered or given up. */
  async settled(): Promise<void> {
    while (this.pending > 0) await new Promise<void>(resolve => this.#idle.push(resolve))
  }

  /** Sends nothing more and ends all backoffs. */
  stop(): void {
    this.#stop.abort(new Error('stopped'))
    this.#acks = []
    this.#nacks = []
    this.#wake()
  }

  #schedule(): void {
    if (this.#scheduled || this.#stop.signal.aborted) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#pump()
    })
  }

  #pump(): void {
    while (this.#inFlight < MAX_IN_FLIGHT && this.#acks.length + this.#nacks.length > 0) {
      const isNack = this.#nacks.length > 0
      const waiting = isNack ? this.#nacks : this.#acks
      const ids = waiting.length > MAX_IDS ? waiting.splice(0, MAX_IDS) : waiting
      if (ids === waiting) {
        if (isNack) this.#nacks = []
        else this.#acks = []
      }
      const job: Job = {seconds: isNack ? 0 : undefined, ids, since: this.#clock().now(), tries: 0}
      this.#open.add(job)
      void this.#run(job)
    }
  }

  async #run(job: Job): Promise<void> {
    for (;;) {
      this.#inFlight++
      const again = await this.#try(job)
      this.#inFlight--
      this.#pump()
      if (!again) break
      try {
        const pause = backoffDelay(job.tries++, BACKOFF, {retryAfter: job.asked})
        await sleep(this.#clock(), pause, this.#stop.signal)
      } catch {
        break
      }
    }
    this.#open.delete(job)
    if (this.pending === 0) this.#wake()
  }

  #wake(): void {
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  /** Sends one request; true if the rest of the job must be retried. */
  async #try(job: Job): Promise<boolean> {
    const {ids, seconds} = job
    try {
      const failures = await (seconds === undefined
        ? this.#port.acknowledge(this.#subscription, ids)
        : this.#port.modifyAckDeadline(this.#subscription, ids, seconds))
      return this.#judge(job, failures)
    } catch (error) {
      if (this.#stop.signal.aborted) return false
      this.#failed(error)
      const passes = error instanceof PubSubError && isTransient(error.kind)
      job.asked = passes ? error.retryAfterMs : undefined
      if (passes && this.#clock().now() + (job.asked ?? 0) - job.since < GIVE_UP_AFTER) return true
      this.#events.lost(ids.length, messageOf(error))
      return false
    }
  }

  #judge(job: Job, failures: AckFailures): boolean {
    const isAck = job.seconds === undefined
    if (isAck && job.ids.length > failures.size) this.#events.acked(job.ids.length - failures.size)
    if (failures.size === 0) return false
    const late = this.#clock().now() - job.since >= GIVE_UP_AFTER
    const again = job.ids.filter(id => failures.get(id) === 'transient' && !late)
    const lost = failures.size - again.length
    if (lost > 0 && isAck) this.#events.lost(lost, 'the ack ids are no longer valid')
    job.ids = again
    return again.length > 0
  }

  #failed(error: unknown): void {
    const fatal = error instanceof PubSubError && FATAL.has(error.kind)
    if (fatal) this.#events.fatal(error)
    else this.#events.retry(error)
  }
}
