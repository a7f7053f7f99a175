import type {Clock, Timer} from '../core/index.ts'
import {type Deferred, deferred} from '../util/index.ts'
import type {BatchPolicy} from './batch-policy.ts'

/** What a queue needs to know about an item. */
export interface Sized {
  /** Bytes that the item adds to a request. */
  readonly bytes: number
}

/** Takes items one by one and sends them in batches. */
export interface Batches<Item> {
  /** False while too many items wait for a slot. */
  readonly hasRoom: boolean
  /** Resolves when there is room, or when the queue is cleared. */
  room(): Promise<void>
  /** Adds an item; only while there is room. */
  add(item: Item): void
  /** Keeps later batches below this size, since a larger one was refused. */
  shrink(bytes: number): void
  /** Sends what is queued now as slots allow, and resolves when all of it has ended or was cleared. */
  drain(): Promise<void>
  /** Drops what has not been sent, and resolves when the requests in flight have ended. */
  stop(): Promise<void>
  /** Drops what has not been sent, and returns it. */
  clear(): Item[]
}

/**
 * Batches items by rows, bytes and age, and keeps at most `maxInFlight` batches in flight. At most one full batch waits for a
 * free slot; meanwhile the caller must wait for {@link BatchQueue.room}.
 */
export class BatchQueue<Item extends Sized> implements Batches<Item> {
  readonly #policy: BatchPolicy
  readonly #clock: () => Clock
  readonly #overhead: number
  readonly #send: (items: Item[]) => Promise<void>
  readonly #going = new Set<Promise<void>>()
  #bytesLimit: number
  #current: Item[] = []
  #bytes: number
  #waiting: Item[] | undefined
  #timer: Timer | undefined
  #due = false
  #room: Deferred<void> | undefined
  /** Resolves when the next batch leaves. */
  #departure: Deferred<void> | undefined
  #added = 0
  #left = 0

  /** `send` must not reject; `overhead` is the size of a request without its items, bytes. */
  constructor(policy: BatchPolicy, clock: () => Clock, overhead: number, send: (items: Item[]) => Promise<void>) {
    this.#policy = policy
    this.#clock = clock
    this.#overhead = overhead
    this.#bytes = overhead
    this.#bytesLimit = policy.maxBytes
    this.#send = send
  }

  /** Batches in flight. */
  get inFlight(): number {
    return this.#going.size
  }

  /** False while a full batch waits for a slot. */
  get hasRoom(): boolean {
    return this.#waiting === undefined
  }

  room(): Promise<void> {
    if (this.hasRoom) return Promise.resolve()
    this.#room ??= deferred<void>()
    return this.#room.promise
  }

  add(item: Item): void {
    if (this.#current.length > 0 && this.#bytes + item.bytes > this.#bytesLimit) this.#close()
    this.#current.push(item)
    this.#added++
    this.#bytes += item.bytes
    if (this.#current.length >= this.#policy.maxRows || this.#bytes >= this.#bytesLimit) {
      // only one batch may wait: the second, of a single item, stops growing and takes the next slot
      if (this.hasRoom) this.#close()
      else this.#due = true
    } else if (!this.#due) {
      this.#timer ??= this.#clock().setTimeout(() => this.#onDelay(), this.#policy.maxDelay, true)
    }
  }

  shrink(bytes: number): void {
    this.#bytesLimit = Math.max(this.#overhead + 1, Math.min(this.#bytesLimit, bytes))
  }

  async drain(): Promise<void> {
    const last = this.#added
    if (this.#current.length > 0) {
      this.#due = true
      this.#pump()
    }
    while (this.#left < last) {
      this.#departure ??= deferred<void>()
      await this.#departure.promise
    }
    await Promise.all(this.#going)
  }

  async stop(): Promise<void> {
    this.clear()
    await Promise.all(this.#going)
  }

  clear(): Item[] {
    const cleared = [...(this.#waiting ?? []), ...this.#current]
    this.#timer?.cancel()
    this.#timer = undefined
    this.#current = []
    this.#waiting = undefined
    this.#left = this.#added
    this.#departure?.resolve()
    this.#room?.resolve()
    this.#room = undefined
    return cleared
  }

  #onDelay(): void {
    this.#timer = undefined
    this.#due = true
    this.#pump()
  }

  /** Closes the current batch: it is sent, or waits for a slot. */
  #close(): void {
    this.#waiting = this.#take()
    this.#pump()
  }

  #take(): Item[] {
    const items = this.#current
    this.#current = []
    this.#bytes = this.#overhead
    this.#timer?.cancel()
    this.#timer = undefined
    this.#due = false
    return items
  }

  #pump(): void {
    while (this.#going.size < this.#policy.maxInFlight) {
      let items = this.#waiting
      this.#waiting = undefined
      if (!items && this.#due && this.#current.length > 0) items = this.#take()
      if (!items) break
      this.#start(items)
    }
    if (this.hasRoom) {
      this.#room?.resolve()
      this.#room = undefined
    }
  }

  #start(items: Item[]): void {
    this.#left += items.length
    this.#departure?.resolve()
    this.#departure = undefined
    const sending = this.#send(items).finally(() => {
      this.#going.delete(sending)
      this.#pump()
    })
    this.#going.add(sending)
  }
}
