import type {FaultAction} from '../fault-rules.ts'
import {ackIdOf} from './ack-id.ts'
import type {Consumer, Entry} from './entry.ts'
import {codeOf} from './grpc-code.ts'

/** The messages of a subscription that somebody holds, each until its deadline. */
export class Leases {
  readonly #uid: number
  readonly #entries = new Set<Entry>()
  #deliveries = 0

  constructor(uid: number) {
    this.#uid = uid
  }

  get size(): number {
    return this.#entries.size
  }

  /** Hands an entry to a consumer until `deadline`, unless a fault sets another one; gives the deadline. */
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
    const {seq, wire} = entry.message
    const put = () => consumer.put({ackId: ackIdOf(this.#uid, seq, this.#deliveries), message: wire, deliveryAttempt})
    put()
    for (const action of faults) {
      if (action.kind === 'duplicate') {
        lease.last = ++this.#deliveries
        put()
      } else if (action.kind === 'expireLease') {
        lease.deadline = now + action.afterMs
        lease.fixed = true
      } else if (action.kind === 'endStream')
        consumer.endWith(codeOf(action.status ?? 14), action.message ?? 'injected end of the stream')
    }
    return lease.deadline
  }

  /** Takes the entry from who holds it. */
  end(entry: Entry): void {
    const {lease, lane, message} = entry
    if (!lease) return
    entry.lease = undefined
    this.#entries.delete(entry)
    lease.consumer.outstanding--
    lease.consumer.outstandingBytes -= message.bytes
    if (lane) lane.outstanding--
  }

  endAll(): void {
    for (const entry of [...this.#entries]) this.end(entry)
  }

  /** Those whose deadline has passed. */
  expired(now: number): Entry[] {
    return [...this.#entries].filter(({lease}) => lease!.deadline <= now)
  }

  /** The earliest deadline. */
  earliest(): number {
    let earliest = Number.POSITIVE_INFINITY
    for (const {lease} of this.#entries) earliest = Math.min(earliest, lease!.deadline)
    return earliest
  }
}
