import type {FaultAction} from '../../service/fault-rules.ts'
import {parseAckId} from '../messages/ack-id.ts'
import {Backlog} from '../messages/backlog.ts'
import type {Consumer} from '../messages/consumer.ts'
import {Consumers} from '../messages/consumers.ts'
import type {Entry} from '../messages/entry.ts'
import {History} from '../messages/history.ts'
import {Leases} from '../messages/leases.ts'
import type {Message} from '../messages/message.ts'
import {Pushing} from '../push/pushing.ts'
import type {Host} from './host.ts'
import type {Settings} from './subscription-settings.ts'

const INVALID_ACK_ID = 'PERMANENT_FAILURE_INVALID_ACK_ID'

/** One subscription: its backlog, its leases, and its consumers in turn. */
export class Subscription {
  settings: Settings
  /** Name of its topic, or the mark of a deleted one. */
  topic: string
  detached = false
  /** When somebody last pulled or acknowledged. */
  lastUsed: number
  readonly consumers = new Consumers()
  readonly backlog = new Backlog()
  readonly #host: Host
  readonly #leases: Leases
  readonly #pushing = new Pushing(this.consumers)
  /** All messages within the retention, if acknowledged ones are retained. */
  readonly #history = new History()
  /** No retained message was published before this time. Looking for the oldest message is not cheap. */
  #oldest = Number.POSITIVE_INFINITY
  #due = Number.POSITIVE_INFINITY
  #scheduled = false

  constructor(settings: Settings, uid: number, host: Host) {
    this.settings = settings
    this.topic = settings.wire.topic
    this.#leases = new Leases(uid)
    this.#host = host
    this.lastUsed = host.now()
    this.#pushing.use(this.settings.push, this)
  }

  get name(): string {
    return this.settings.wire.name
  }

  get outstanding(): number {
    return this.#leases.size
  }

  /** When `tick` has something to do; it may be earlier than that. */
  get due(): number {
    return this.#due
  }

  /** Takes a message in if it passes the filter. */
  receive(message: Message): void {
    if (this.detached || this.settings.filter?.(message.wire.attributes) === false) return
    this.backlog.add(message, this.settings.ordered)
    if (this.settings.retainAcked) this.#history.push(message)
    if (message.publishTime < this.#oldest) this.#oldest = message.publishTime
    this.#wakeAt(message.publishTime + this.settings.retention)
    this.schedule()
  }

  /** Acknowledges; returns the reasons for the ack ids that an exactly-once subscription refuses. */
  acknowledge(ackIds: readonly string[], faults: readonly FaultAction[]): Map<string, string> {
    const failures = new Map<string, string>()
    const parsed = ackIds.map(parseAckId)
    ackIds.forEach((ackId, at) => {
      const own = this.#host.messageFaults('pubsub.ack', this.name)
      const kinds = own.length > 0 ? [...faults, ...own] : faults
      const refusal = kinds.find(action => action.kind === 'ackFailure')
      const entry = this.#entryOf(parsed[at]!)
      if (refusal) failures.set(ackId, refusal.reason ?? 'TRANSIENT_FAILURE_INJECTED')
      else if (kinds.some(action => action.kind === 'dropAck')) return
      else if (!entry) failures.set(ackId, INVALID_ACK_ID)
      else if (kinds.some(action => action.kind === 'redeliverAfterAck')) this.#putBack(entry)
      else this.#settle(entry)
    })
    this.#used()
    return this.settings.exactlyOnce ? failures : new Map()
  }

  /** Sets new deadlines, in seconds from now; 0 gives a message back at once. */
  modify(ackIds: readonly string[], seconds: number): Map<string, string> {
    const failures = new Map<string, string>()
    const parsed = ackIds.map(parseAckId)
    const now = this.#host.now()
    ackIds.forEach((ackId, at) => {
      const entry = this.#entryOf(parsed[at]!)
      const [lease, {delivery}] = [entry?.lease, parsed[at]!]
      if (!entry || !lease || delivery < lease.first || delivery > lease.last) failures.set(ackId, INVALID_ACK_ID)
      else if (seconds === 0) this.#fail(entry, now)
      else this.#wakeAt(this.#leases.extend(entry, lease, now + seconds * 1000))
    })
    this.#used()
    return this.settings.exactlyOnce ? failures : new Map()
  }

  attach(consumer: Consumer): void {
    this.consumers.add(consumer)
    this.#used()
  }

  /** Forgets a consumer; what it holds stays out until its deadline. */
  detach(consumer: Consumer): void {
    this.consumers.remove(consumer)
    this.lastUsed = this.#host.now()
  }

  /** Dispatches once the requests that have arrived together are handled. */
  schedule(): void {
    if (this.#scheduled || this.consumers.size === 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.dispatch()
    })
  }

  /** Hands out every message for which a consumer has room. */
  dispatch(): void {
    if (this.consumers.size === 0) return
    const now = this.#host.now()
    this.backlog.deal(
      now,
      (entry, owner) => this.consumers.choose(entry, owner),
      (entry, consumer) => this.#lend(entry, consumer, now),
    )
    this.consumers.flush()
  }

  /** Carries out what is due: expired leases, waits that are over, messages past their retention. */
  tick(now: number): void {
    if (now < this.#due) return
    // The failure of one may have taken others of its key back already.
    for (const entry of this.#leases.expired(now)) if (entry.lease) this.#fail(entry, now)
    this.backlog.wake(now)
    if (this.#oldest <= now - this.settings.retention) this.#forget(now - this.settings.retention)
    this.#findDue()
    this.dispatch()
  }

  /** Drops what was published until then, and notes what is the oldest now. */
  #forget(time: number): void {
    for (const entry of this.backlog.entries.values()) {
      if (entry.message.publishTime > time) break
      this.#settle(entry)
    }
    this.#history.forget(time)
    const [first] = this.backlog.entries.values()
    this.#oldest = Math.min(first?.message.publishTime ?? Number.POSITIVE_INFINITY, this.#history.oldest)
  }

  /** Changes the settings; what is out keeps its deadline. */
  update(settings: Settings): void {
    if (!settings.retainAcked) this.#history.clear()
    else if (!this.settings.retainAcked) for (const message of this.messages()) this.#history.push(message)
    this.settings = settings
    this.#pushing.use(this.settings.push, this)
    this.#due = Number.NEGATIVE_INFINITY
    this.tick(this.#host.now())
  }

  /** The unacknowledged messages, and with `acked` the retained acknowledged ones, oldest first. */
  messages(acked = false): Message[] {
    const kept = [...this.backlog.entries.values()].filter(entry => !entry.acked).map(({message}) => message)
    return acked ? this.#history.with(kept) : kept
  }

  /** Makes exactly these the unacknowledged ones; all leases end. */
  replace(messages: readonly Message[]): void {
    const failures = new Map([...this.backlog.entries].map(([seq, entry]) => [seq, entry.failures]))
    this.#leases.endAll()
    this.backlog.clear()
    const known = new Set(this.settings.retainAcked ? this.messages(true).map(({seq}) => seq) : [])
    for (const message of messages) {
      if (this.settings.filter?.(message.wire.attributes) === false) continue
      this.backlog.add(message, this.settings.ordered).failures = failures.get(message.seq) ?? 0
      if (this.settings.retainAcked && !known.has(message.seq)) this.#history.push(message)
    }
    this.#forget(Number.NEGATIVE_INFINITY)
    this.#findDue()
    this.schedule()
  }

  #used(): void {
    this.lastUsed = this.#host.now()
    this.schedule()
  }

  /** The entry that an ack id is about; of an exactly-once subscription only while it is out under this very id. */
  #entryOf({uid, seq, delivery}: {uid: number; seq: number; delivery: number}): Entry | undefined {
    const entry = uid === this.#leases.uid ? this.backlog.entries.get(seq) : undefined
    if (!entry || entry.acked || delivery <= entry.voided) return undefined
    return this.settings.exactlyOnce && entry.lease?.first !== delivery ? undefined : entry
  }

  #lend(entry: Entry, consumer: Consumer, now: number): void {
    const deadline = now + (consumer.ackDeadline ?? this.settings.ackDeadline)
    const terms = {now, deadline, tellAttempt: this.settings.deadLetter !== undefined}
    const faults = this.#host.messageFaults('pubsub.deliver', this.name)
    this.#wakeAt(this.#leases.lend(entry, consumer, terms, faults))
  }

  #settle(entry: Entry): void {
    this.#leases.end(entry)
    this.backlog.settle(entry)
  }

  /** A nack, or the end of a lease: the message comes again, or becomes a dead letter. */
  #fail(entry: Entry, now: number): void {
    this.#leases.end(entry)
    entry.failures++
    const {deadLetter, retry} = this.settings
    const isDead = deadLetter && entry.failures >= deadLetter.maxAttempts
    if (isDead && this.#host.deadLetter(this.name, deadLetter.topic, entry)) return this.#settle(entry)
    const delay = retry ? Math.min(retry.max, retry.min * 2 ** (entry.failures - 1)) : 0
    this.#putBack(entry, delay > 0 ? now + delay : undefined)
  }

  /** Puts a message back into the queue, and with it all later ones of its ordering key. */
  #putBack(entry: Entry, readyAt?: number): void {
    this.#leases.end(entry)
    for (const later of entry.lane?.rewind(entry) ?? []) {
      this.#leases.end(later)
      if (later !== entry) later.voided = this.#leases.deliveries
      if (!this.settings.exactlyOnce) this.backlog.revive(later)
    }
    this.backlog.requeue(entry, readyAt)
    if (readyAt !== undefined) this.#wakeAt(readyAt)
    this.schedule()
  }

  #findDue(): void {
    this.#due = Number.POSITIVE_INFINITY
    this.#wakeAt(this.#oldest + this.settings.retention)
    this.#wakeAt(this.#leases.earliest())
    this.#wakeAt(this.backlog.nextWake())
  }

  #wakeAt(time: number): void {
    if (time >= this.#due) return
    this.#due = time
    this.#host.wakeAt(time)
  }
}
