import type {Clock, Timer} from '../../../core/index.ts'
import {isTransient} from '../../../errors/index.ts'
import {backoffDelay} from '../../../util/index.ts'
import type {Quota} from '../leases/held-message.ts'
import {PubSubError} from '../service/pubsub-error.ts'
import type {PubSubPort, PullResponse, PullStream} from '../service/pubsub-port.ts'
import type {Delivery} from '../watermark/source-watermark.ts'
import {freeSince, isFull, KEEP_ALIVE, type Stream} from './stream.ts'

/** A stream that has received nothing for this long, not even an answer to a keep-alive, is dead, ms. */
const SILENCE = 5 * 60_000
/** Backoff before a stream is reopened, ms: Google's client also starts at 100 ms, and goes up to 60 s. */
const FIRST_PAUSE = 100
const LONGEST_PAUSE = 30_000
/** Longest pause that the service may request, ms: a reader has no time limit after which it gives up. */
const LONGEST_ASKED = 10 * 60_000
/** A stream that was open for this long has worked, even if nothing arrived, ms. */
const LASTED = 60_000
/** A stream open for this long has reached a server, ms. */
const OPEN = 2000
/** How long to try an address where nothing has ever listened, ms: the service may still be starting. */
const UNREACHED = 10_000

/** What a {@link StreamPool} works with. */
interface PoolContext {
  readonly port: PubSubPort
  readonly subscription: string
  readonly clock: () => Clock
  readonly streams: number
  readonly maxOutstanding: number
  readonly maxOutstandingBytes: number
  readonly received: (response: PullResponse, stream: Quota) => void
  /** The ack deadline for streams opened now, s. */
  readonly deadline: () => number
  readonly opened: () => void
  readonly replaced: () => void
  /** A stream has failed and is reopened after `pause`; `downFor` is the time since a stream last worked. */
  readonly failed: (error: PubSubError, pause: number, downFor: number) => void
  readonly fatal: (error: PubSubError) => void
}

/**
 * The streaming pulls of a source. Their limits, plus the messages still held from closed streams, never exceed
 * `maxOutstanding`, so the service can never send one message too many, however streams come and go.
 */
export class StreamPool {
  readonly #context: PoolContext
  readonly #open = new Set<Stream>()
  /** Messages still held from closed streams. */
  #orphans = 0
  #orphanBytes = 0
  #failures = 0
  #downSince = 0
  /** When the first stream that received a response was opened. */
  #startedAt: number | undefined
  /** When a limit or a pause last kept the service from delivering. */
  #limitedAt = Number.NEGATIVE_INFINITY
  /** Whether any stream has reached the service. */
  #reached = false
  #retry: Timer | undefined
  #keepAlive: Timer | undefined
  #watch: Timer | undefined
  #paused = false
  #filling = false
  #stopped = false

  constructor(context: PoolContext) {
    this.#context = context
  }

  start(): void {
    this.#fill()
    this.#keepAliveLater()
  }

  /** Records that a message from this stream is settled. */
  settled(quota: Quota, bytes: number): void {
    const stream = quota as Stream
    if (isFull(stream)) this.#limitedAt = this.#context.clock().now()
    quota.held--
    quota.heldBytes -= bytes
    if (this.#open.has(stream)) return
    this.#orphans--
    this.#orphanBytes -= bytes
    this.#fillSoon()
  }

  /** Refills once everything settled together has been counted. */
  #fillSoon(): void {
    if (this.#filling) return
    this.#filling = true
    setImmediate(() => {
      this.#filling = false
      this.#fill()
    })
  }

  /** What the streams know about messages still to come. */
  delivery(now: number): Delivery {
    const blocked = this.#paused || this.#retry || this.#open.size === 0
    const since = blocked ? Number.POSITIVE_INFINITY : freeSince(this.#open, this.#limitedAt, now)
    return {startedAt: this.#startedAt, freeSince: since}
  }

  setDeadline(seconds: number): void {
    for (const {pull} of this.#open) pull!.setAckDeadline(seconds)
  }

  /** Pauses or resumes reading: for a server that ignores the limits of its streams. */
  pause(paused: boolean): void {
    if (this.#paused === paused) return
    this.#paused = paused
    const now = this.#context.clock().now()
    this.#limitedAt = now
    for (const stream of this.#open) {
      stream.heardAt = now
      if (paused) stream.pull!.pause()
      else stream.pull!.resume()
    }
  }

  stop(): void {
    this.#stopped = true
    this.#retry?.cancel()
    this.#keepAlive?.cancel()
    this.#watch?.cancel()
    for (const stream of [...this.#open]) this.#close(stream).cancel()
  }

  /** Opens streams for the messages that may still become outstanding. */
  #fill(): void {
    if (this.#stopped || this.#retry) return
    const {streams, maxOutstanding, maxOutstandingBytes} = this.#context
    let limits = 0
    let freeBytes = maxOutstandingBytes - this.#orphanBytes
    for (const {messages, bytes} of this.#open) {
      limits += messages
      freeBytes -= bytes
    }
    let free = maxOutstanding - this.#orphans - limits
    if (free <= 0 || freeBytes <= 0) return
    // capacity of closed streams returns bit by bit: open one more stream when that doubles the limit, not one for each bit
    if (this.#open.size > 0 && this.#orphans > 0 && free < limits) return
    const count = Math.max(1, Math.min(this.#open.size === 0 ? streams : 1, free))
    for (let left = count; left > 0; left--) {
      const messages = Math.floor(free / left)
      const bytes = Math.max(1, Math.floor(freeBytes / left))
      this.#openOne(messages, bytes)
      free -= messages
      freeBytes -= bytes
    }
    this.#watchLater()
  }

  #openOne(messages: number, bytes: number): void {
    const {port, subscription, clock, deadline, received} = this.#context
    this.#context.opened()
    const pull = port.pull(
      {
        subscription,
        streamAckDeadlineSeconds: deadline(),
        maxOutstandingMessages: messages,
        maxOutstandingBytes: bytes,
      },
      {
        received: response => {
          stream.heardAt = clock().now()
          stream.answered = true
          this.#startedAt ??= stream.openedAt
          this.#failures = 0
          received(response, stream)
        },
        ended: error => this.#ended(stream, error),
      },
    )
    const now = clock().now()
    const stream: Stream = {pull, messages, bytes, openedAt: now, heardAt: now, answered: false, held: 0, heldBytes: 0}
    this.#open.add(stream)
    if (this.#paused) pull.pause()
  }

  #close(stream: Stream): PullStream {
    this.#open.delete(stream)
    this.#orphans += stream.held
    this.#orphanBytes += stream.heldBytes
    return stream.pull!
  }

  #ended(stream: Stream, error: PubSubError): void {
    if (!this.#open.has(stream)) return
    this.#close(stream)
    if (!isTransient(error.kind) && error.kind !== 'already-exists') return this.#context.fatal(error)
    const now = this.#context.clock().now()
    // the service ends streams now and then: for one that has lasted this is not a failure
    if (now - stream.openedAt >= LASTED) this.#failures = 0
    if (this.#failures === 0) this.#downSince = now
    if (this.#isNobody(stream, error, now))
      return this.#context.fatal(new PubSubError('unreachable', error.message, {cause: error}))
    const longest = this.#reached ? LONGEST_PAUSE : Math.max(FIRST_PAUSE, UNREACHED - (now - this.#downSince))
    const cap = Math.min(LONGEST_PAUSE, longest)
    const retryAfter = Math.min(LONGEST_ASKED, error.retryAfterMs ?? 0)
    const pause = backoffDelay(this.#failures++, {base: FIRST_PAUSE, cap}, {retryAfter})
    this.#context.failed(error, pause, now - this.#downSince)
    const retry = () => {
      this.#retry = undefined
      this.#fill()
    }
    this.#retry ??= this.#context.clock().setTimeout(retry, pause, true)
  }

  /** A service that has answered before will come back; at an address where nothing has ever listened, most likely nothing will. */
  #isNobody(stream: Stream, error: PubSubError, now: number): boolean {
    if (stream.heardAt > stream.openedAt || now - stream.openedAt >= OPEN) this.#reached = true
    return !this.#reached && now - this.#downSince >= UNREACHED && /ECONNREFUSED/.test(error.message)
  }

  #keepAliveLater(): void {
    this.#keepAlive = this.#context.clock().setTimeout(() => {
      for (const {pull} of this.#open) pull!.keepAlive()
      this.#keepAliveLater()
    }, KEEP_ALIVE)
  }

  #watchLater(): void {
    this.#watch?.cancel()
    this.#watch = undefined
    if (this.#open.size === 0 || this.#stopped) return
    const clock = this.#context.clock()
    let first = Number.POSITIVE_INFINITY
    for (const {heardAt} of this.#open) first = Math.min(first, heardAt + SILENCE)
    this.#watch = clock.setTimeout(() => this.#replaceSilent(), Math.max(0, first - clock.now()))
  }

  #replaceSilent(): void {
    const {clock, port, replaced} = this.#context
    const now = clock().now()
    // a paused stream is not silent
    if (this.#paused) for (const stream of this.#open) stream.heardAt = now
    const dead = [...this.#open].filter(({heardAt}) => now - heardAt >= SILENCE)
    if (dead.length > 0) port.renew()
    for (const stream of dead) {
      this.#close(stream).cancel()
      replaced()
    }
    this.#fill()
    this.#watchLater()
  }
}
