import type {Clock} from '../core/index.ts'
import {type Deferred, deferred} from '../util/index.ts'
import type {BatchPolicy} from './batch-policy.ts'
import type {Batches, Sized} from './batch-queue.ts'
import {WaitingSet} from './waiting-set.ts'

/** An item that shares requests only with items of its own lane. */
export interface Laned extends Sized {
  /** Destination and ordering key, as one text. */
  readonly lane: string
  /** True when the lane has one request in flight at a time, so that its items land in the order they were added. */
  readonly ordered: boolean
}

interface Batch<Item> {
  /** Counts up from 1 in the order in which batches were opened. */
  readonly number: number
  readonly lane: Lane<Item>
  readonly items: Item[]
  bytes: number
  /** When its first item will have waited for `maxDelay`. */
  readonly dueAt: number
  started: boolean
}

interface Lane<Item> {
  readonly name: string
  readonly ordered: boolean
  /** Takes items. */
  open: Batch<Item> | undefined
  /** Full, and waiting for a slot. */
  readonly full: Batch<Item>[]
  going: number
}

/**
 * Batches items by lane, rows, bytes and age, and keeps at most `maxInFlight` batches in flight over all lanes; lanes take
 * turns. What waits is bounded over all lanes as well: at most `maxInFlight` batches' worth of rows and bytes (one more item
 * always fits), however many lanes there are. A lane without items is dropped.
 */
export class KeyedBatchQueue<Item extends Laned> implements Batches<Item> {
  readonly #policy: BatchPolicy
  readonly #clock: () => Clock
  readonly #overhead: number
  readonly #send: (items: Item[]) => Promise<void>
  readonly #lanes = new Map<string, Lane<Item>>()
  /** The lane of the last item, so that a single lane needs no look-up. */
  #last: Lane<Item> | undefined
  /** Every batch that has not ended, by number. */
  readonly #batches = new Set<Batch<Item>>()
  /** Open batches that are not due yet. */
  readonly #young: WaitingSet<Batch<Item>>
  /** Lanes with a batch that waits for a slot, in turn. */
  readonly #ready = new Set<Lane<Item>>()
  #number = 0
  #going = 0
  #bytesLimit: number
  #heldRows = 0
  #heldBytes = 0
  #room: Deferred<void> | undefined
  /** Resolves when the next batch ends or the queue is cleared. */
  #change: Deferred<void> | undefined

  /** `send` must not reject; `overhead` is the size of a request without its items, bytes. */
  constructor(policy: BatchPolicy, clock: () => Clock, overhead: number, send: (items: Item[]) => Promise<void>) {
    this.#policy = policy
    this.#clock = clock
    this.#overhead = overhead
    this.#bytesLimit = policy.maxBytes
    this.#send = send
    this.#young = new WaitingSet<Batch<Item>>(
      clock,
      batch => this.#queue(batch.lane),
      () => this.#pump(),
    )
  }

  /** How many lanes have items. */
  get lanes(): number {
    return this.#lanes.size
  }

  get hasRoom(): boolean {
    const {maxRows, maxBytes, maxInFlight} = this.#policy
    return this.#heldRows < maxRows * maxInFlight && this.#heldBytes < maxBytes * maxInFlight
  }

  room(): Promise<void> {
    if (this.hasRoom) return Promise.resolve()
    this.#room ??= deferred<void>()
    return this.#room.promise
  }

  add(item: Item): void {
    const lane = this.#last?.name === item.lane ? this.#last : this.#laneOf(item)
    if (lane.open && lane.open.bytes + item.bytes > this.#bytesLimit) this.#close(lane)
    lane.open ??= this.#begin(lane)
    const batch = lane.open
    batch.items.push(item)
    batch.bytes += item.bytes
    this.#heldRows++
    this.#heldBytes += item.bytes
    if (batch.items.length >= this.#policy.maxRows || batch.bytes >= this.#bytesLimit) this.#close(lane)
    // a caller that waits for room must not wait for `maxDelay` too; a batch that is due may grow until it gets a slot
    if (!this.hasRoom) this.#young.hurry()
  }

  shrink(bytes: number): void {
    this.#bytesLimit = Math.max(this.#overhead + 1, Math.min(this.#bytesLimit, bytes))
  }

  async drain(): Promise<void> {
    const last = this.#number
    this.#young.hurry()
    while (this.#oldest() <= last) await this.#changed()
  }

  async stop(): Promise<void> {
    this.clear()
    while (this.#going > 0) await this.#changed()
  }

  clear(): Item[] {
    const cleared = [...this.#batches].filter(({started}) => !started).flatMap(({items}) => items)
    for (const batch of this.#batches) if (!batch.started) this.#batches.delete(batch)
    for (const lane of this.#lanes.values()) {
      lane.open = undefined
      lane.full.length = 0
      this.#forgetIdle(lane)
    }
    this.#young.clear()
    this.#ready.clear()
    this.#heldRows = 0
    this.#heldBytes = 0
    this.#room?.resolve()
    this.#room = undefined
    this.#change?.resolve()
    this.#change = undefined
    return cleared
  }

  #laneOf({lane: name, ordered}: Item): Lane<Item> {
    let lane = this.#lanes.get(name)
    if (!lane) {
      lane = {name, ordered, open: undefined, full: [], going: 0}
      this.#lanes.set(name, lane)
    }
    this.#last = lane
    return lane
  }

  #begin(lane: Lane<Item>): Batch<Item> {
    const dueAt = this.#clock().now() + this.#policy.maxDelay
    const batch = {number: ++this.#number, lane, items: [], bytes: this.#overhead, dueAt, started: false}
    this.#batches.add(batch)
    this.#young.add(batch)
    return batch
  }

  /** Closes the open batch: it is sent, or waits for a slot. */
  #close(lane: Lane<Item>): void {
    const batch = lane.open!
    lane.open = undefined
    lane.full.push(batch)
    this.#young.delete(batch)
    this.#queue(lane)
    this.#pump()
  }

  #queue(lane: Lane<Item>): void {
    if (lane.going === 0 || !lane.ordered) this.#ready.add(lane)
  }

  #pump(): void {
    // a lane that is added back is visited again at the end of this loop
    for (const lane of this.#ready) {
      if (this.#going >= this.#policy.maxInFlight) break
      this.#ready.delete(lane)
      const batch = this.#takeDue(lane)
      if (!batch) continue
      this.#start(batch)
      if (this.#hasDue(lane)) this.#queue(lane)
    }
    if (!this.#room || !this.hasRoom) return
    this.#room.resolve()
    this.#room = undefined
  }

  #hasDue({full, open}: Lane<Item>): boolean {
    return full.length > 0 || (open !== undefined && !this.#young.has(open))
  }

  #takeDue(lane: Lane<Item>): Batch<Item> | undefined {
    const {open} = lane
    if (lane.full.length > 0) return lane.full.shift()
    if (!open || this.#young.has(open)) return undefined
    lane.open = undefined
    return open
  }

  #start(batch: Batch<Item>): void {
    batch.started = true
    batch.lane.going++
    this.#going++
    this.#heldRows -= batch.items.length
    this.#heldBytes -= batch.bytes - this.#overhead
    void this.#send(batch.items).then(() => this.#ended(batch))
  }

  #ended(batch: Batch<Item>): void {
    const {lane} = batch
    this.#batches.delete(batch)
    lane.going--
    this.#going--
    if (this.#hasDue(lane)) this.#queue(lane)
    else this.#forgetIdle(lane)
    this.#pump()
    this.#change?.resolve()
    this.#change = undefined
  }

  #forgetIdle(lane: Lane<Item>): void {
    if (lane.going > 0 || lane.open || lane.full.length > 0) return
    this.#lanes.delete(lane.name)
    if (this.#last === lane) this.#last = undefined
  }

  /** The number of the oldest batch that has not ended. */
  #oldest(): number {
    for (const {number} of this.#batches) return number
    return Number.POSITIVE_INFINITY
  }

  #changed(): Promise<void> {
    this.#change ??= deferred<void>()
    return this.#change.promise
  }
}
