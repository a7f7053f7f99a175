import type {FaultAction} from '../../service/fault-rules.ts'
import {codeOf} from '../wire/grpc-code.ts'
import {ackIdOf} from './ack-id.ts'
import type {Consumer} from './consumer.ts'
import {Deadlines} from './deadlines.ts'
import type {Entry, Lease} from './entry.ts'

/** The messages of a subscription that somebody holds, each until its deadline. */
export class Leases {
  /** The number of the subscription, which is in its ack ids. */
  readonly uid: number
  readonly #entries = new Set<Entry>()
  readonly #deadlines = new Deadlines<Entry>()
  #deliveries = 0

  constructor(uid: number) {
    this.uid = uid
  }

  /** The number of the last delivery. */
  get deliveries(): number {
    return this.#deliveries
  }

  get size(): number {
    return this.#entries.size
  }

  /** Leases an entry to a consumer until `deadline`, unless a fault sets another one; returns the deadline. */
  lend(
    entry: Entry,
    consumer: Consumer,
    {now, deadline, tellAttempt}: {now: number; deadline: number; tellAttempt: boolean},
    faults: readonly FaultAction[],
  ): number {
    const first = ++this.#deliveries
    const lease = {consumer, first, last: first, deadline, fixed: false}
    entry.lease = lease
    this.#entries.add(entry)
    consumer.outstanding++
    consumer.outstandingBytes += entry.message.bytes
    const deliveryAttempt = tellAttempt ? entry.failures + 1 : 0
    this.#put(entry, first, deliveryAttempt)
    for (const action of faults) {
      if (action.kind === 'duplicate') {
        lease.last = ++this.#deliveries
        this.#put(entry, lease.last, deliveryAttempt)
      } else if (action.kind === 'expireLease') {
        lease.deadline = now + action.afterMs
        lease.fixed = true
      } else if (action.kind === 'endStream')
        consumer.endWith(codeOf(action.status ?? 14), action.message ?? 'injected end of the stream')
    }
    this.#deadlines.add(entry, lease.deadline)
    return lease.deadline
  }

  #put({message: {seq, wire}, lease}: Entry, delivery: number, deliveryAttempt: number): void {
    lease!.consumer.put({ackId: ackIdOf(this.uid, seq, delivery), message: wire, deliveryAttempt})
  }

  /** Sets another deadline, unless a fault has fixed it; returns the deadline in force. */
  extend(entry: Entry, lease: Lease, deadline: number): number {
    if (!lease.fixed && lease.deadline !== deadline) {
      this.#deadlines.remove(entry, lease.deadline)
      lease.deadline = deadline
      this.#deadlines.add(entry, deadline)
    }
    return lease.deadline
  }

  /** Ends the lease of an entry. */
  end(entry: Entry): void {
    const {lease, lane, message} = entry
    if (!lease) return
    entry.lease = undefined
    this.#entries.delete(entry)
    this.#deadlines.remove(entry, lease.deadline)
    lease.consumer.outstanding--
    lease.consumer.outstandingBytes -= message.bytes
    if (lane) lane.outstanding--
  }

  endAll(): void {
    for (const entry of [...this.#entries]) this.end(entry)
  }

  /** Those whose deadline has passed. */
  expired(now: number): Entry[] {
    return this.#deadlines.due(now)
  }

  /** The earliest deadline. */
  earliest(): number {
    return this.#deadlines.earliest()
  }
}
