import {type Clock, sleep} from '../../../core/index.ts'
import {isTransient, messageOf, type ServiceErrorKind} from '../../../errors/index.ts'
import {type BackoffPolicy, backoffDelay} from '../../../util/index.ts'
import {PubSubError} from '../service/pubsub-error.ts'
import type {AckFailures, PubSubPort} from '../service/pubsub-port.ts'

/** Ack ids in one request: a request may have 512 KiB, an ack id has up to 200 bytes (https://cloud.google.com/pubsub/quotas). */
const MAX_IDS = 2500
/** Requests at once; what comes meanwhile goes together with the next: so batches grow with the load, without a timer. */
const MAX_IN_FLIGHT = 4
/** Pauses before a request is repeated, ms, and for how long: those of Google's client for exactly-once subscriptions. */
const BACKOFF: BackoffPolicy = {base: 1000, cap: 64_000}
const GIVE_UP_AFTER = 10 * 60_000
/** Failures after which nothing will be acknowledged any more. */
const FATAL: ReadonlySet<ServiceErrorKind> = new Set([
  'permission-denied',
  'unauthenticated',
  'not-found',
  'precondition-failed',
])

/** Told about acknowledgements. */
interface AckEvents {
  /** Acknowledgements that were confirmed. */
  acked(count: number): void
  retry(error: unknown): void
  /** These could not be carried out; the service will deliver the messages again. */
  lost(count: number, why: string): void
  /** Nothing will be acknowledged any more. */
  fatal(error: PubSubError): void
}

interface Job {
  /** undefined: an ack; 0: a nack; else an extension. */
  readonly seconds: number | undefined
  ids: string[]
  readonly since: number
  tries: number
  /** The pause that the service asked for, ms. */
  asked?: number | undefined
}

/** Sends acknowledgements and negative ones, batched, and repeats what has failed for now. */
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
  /** Jobs in flight or pausing. */
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
   * Sets the deadline of messages that are still in work. Not repeated: the next extension comes soon.
   *
   * @returns the ids that are no longer ours, or undefined when nobody knows since the request has failed
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

  /** Acknowledgements that are not confirmed yet. */
  get pending(): number {
    let count = this.#acks.length + this.#nacks.length
    for (const {ids} of this.#open) count += ids.length
    return count
  }

  /** Resolves when everything was sent and answered, or given up. */
  async settled(): Promise<void> {
    while (this.pending > 0) await new Promise<void>(resolve => this.#idle.push(resolve))
  }

  /** Nothing more is sent, pauses end. */
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

  /** One request; true when what is left of the job is to be sent again. */
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
