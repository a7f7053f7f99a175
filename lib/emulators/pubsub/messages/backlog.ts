import type {Consumer} from './consumer.ts'
import {Deadlines} from './deadlines.ts'
import {type Entry, newEntry} from './entry.ts'
import {Fifo} from './fifo.ts'
import {Lane} from './lane.ts'
import type {Message} from './message.ts'

/** Returns the consumer that gets an entry now, if any. */
type Chooser = (entry: Entry, owner: Consumer | undefined) => Consumer | undefined

/** The unacknowledged messages of a subscription, and which of them is next. */
export class Backlog {
  /** All that are kept, in the order of publishing; some are acknowledged but held by their key. */
  readonly entries = new Map<number, Entry>()
  unacked = 0
  readonly #fresh = new Fifo<Entry>()
  readonly #again = new Fifo<Entry>()
  readonly #lanes = new Map<string, Lane<Entry>>()
  readonly #readyLanes = new Fifo<Lane<Entry>>()
  /** Failed messages and when they may be handed out again. */
  readonly #waiting = new Map<Entry, number>()
  readonly #wakes = new Deadlines<Entry>()
  #turn = false

  add(message: Message, ordered: boolean): Entry {
    const key = message.wire.orderingKey
    const lane = ordered && key !== '' ? this.#lane(key) : undefined
    const entry = newEntry(message, lane)
    this.entries.set(message.seq, entry)
    this.unacked++
    if (lane) {
      lane.push(entry)
      this.#queue(lane)
    } else this.#fresh.push(entry)
    return entry
  }

  /** Takes an acknowledged or dropped entry out. */
  settle(entry: Entry): void {
    if (entry.acked || entry.gone) return
    this.#stopWaiting(entry)
    entry.acked = true
    this.unacked--
    const {lane} = entry
    if (!lane) {
      this.entries.delete(entry.message.seq)
      return
    }
    for (const {message} of lane.trim()) this.entries.delete(message.seq)
    if (!lane.isEmpty) this.#queue(lane)
    else if (this.#lanes.get(entry.message.wire.orderingKey) === lane)
      this.#lanes.delete(entry.message.wire.orderingKey)
  }

  /** Puts an entry without a lease back into the queue of its kind, now or at that time. */
  requeue(entry: Entry, readyAt?: number): void {
    const {lane} = entry
    if (lane && readyAt !== undefined) lane.blockedUntil = readyAt
    this.#stopWaiting(entry)
    if (readyAt !== undefined) {
      this.#waiting.set(entry, readyAt)
      this.#wakes.add(entry, readyAt)
    } else {
      if (lane) this.#queue(lane)
      else this.#again.push(entry)
    }
  }

  /** Ends the waits that are over. */
  wake(now: number): void {
    for (const entry of this.#wakes.due(now)) this.requeue(entry)
  }

  /** When the next wait is over. */
  nextWake(): number {
    return this.#wakes.earliest()
  }

  #stopWaiting(entry: Entry): void {
    if (this.#waiting.size === 0) return
    const time = this.#waiting.get(entry)
    if (time === undefined) return
    this.#waiting.delete(entry)
    this.#wakes.remove(entry, time)
  }

  /** Brings an acknowledged entry back, which its key still holds. */
  revive(entry: Entry): void {
    if (!entry.acked) return
    entry.acked = false
    this.unacked++
  }

  clear(): void {
    for (const entry of this.entries.values()) entry.gone = true
    this.entries.clear()
    this.#fresh.clear()
    this.#again.clear()
    this.#lanes.clear()
    this.#readyLanes.clear()
    this.#waiting.clear()
    this.#wakes.clear()
    this.unacked = 0
  }

  /** Hands out what can be handed out: `give` is called for each entry with the consumer that `choose` gave for it. */
  deal(now: number, choose: Chooser, give: (entry: Entry, consumer: Consumer) => void): void {
    this.#dealLanes(now, choose, give)
    for (;;) {
      // In turns, so that neither a poison message starves the others nor a large backlog the redeliveries.
      this.#turn = !this.#turn
      const [first, second] = this.#turn ? [this.#again, this.#fresh] : [this.#fresh, this.#again]
      const queue = skipSettled(first) ? first : second
      const entry = skipSettled(queue)
      const consumer = entry && choose(entry, undefined)
      if (!consumer) return
      queue.shift()
      give(entry, consumer)
    }
  }

  #dealLanes(now: number, choose: Chooser, give: (entry: Entry, consumer: Consumer) => void): void {
    for (let rest = this.#readyLanes.size; rest > 0; rest--) {
      const lane = this.#readyLanes.shift()!
      lane.queued = false
      for (let entry = lane.peek(); entry; entry = lane.peek()) {
        // A lane that waits for its time or for its owner comes back when either happens.
        if (lane.blockedUntil > now) break
        if (lane.outstanding > 0 && lane.owner?.closed) break
        const consumer = choose(entry, lane.outstanding > 0 ? lane.owner : undefined)
        if (!consumer) {
          this.#queue(lane)
          break
        }
        lane.advance()
        lane.owner = consumer
        lane.outstanding++
        give(entry, consumer)
      }
    }
  }

  #lane(key: string): Lane<Entry> {
    let lane = this.#lanes.get(key)
    if (!lane) this.#lanes.set(key, (lane = new Lane()))
    return lane
  }

  #queue(lane: Lane<Entry>): void {
    if (lane.queued) return
    lane.queued = true
    this.#readyLanes.push(lane)
  }
}

/** The first entry of a queue that is still to be handed out. */
function skipSettled(queue: Fifo<Entry>): Entry | undefined {
  for (let entry = queue.at(0); entry; entry = queue.at(0)) {
    if (!entry.acked && !entry.gone && !entry.lease) return entry
    queue.shift()
  }
  return undefined
}
