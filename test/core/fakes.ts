import {setImmediate} from 'node:timers/promises'
import type {Clock, Lease, Logger, Timer} from '../../lib/core/index.ts'
import {type Deferred, deferred} from '../../lib/util/index.ts'

/** A lease that counts, and complains when it is released too often. */
export class TestLease implements Lease {
  count = 1
  nacked: unknown
  readonly id: number
  constructor(id: number) {
    this.id = id
  }
  get acked(): boolean {
    return this.count === 0
  }
  retain(n = 1): void {
    if (this.count <= 0) throw new Error(`lease ${this.id} retained after it was acknowledged`)
    this.count += n
  }
  release(): void {
    if (--this.count < 0) throw new Error(`lease ${this.id} released too often`)
  }
  nack(reason?: unknown): void {
    this.nacked = reason ?? true
  }
}

/** A clock that only `advance` moves. */
export class FakeClock implements Clock {
  #now = 0
  readonly #timers = new Set<{at: number; fn: () => void}>()
  now(): number {
    return this.#now
  }
  get pending(): number {
    return this.#timers.size
  }
  setTimeout(fn: () => void, ms: number): Timer {
    const timer = {at: this.#now + ms, fn}
    this.#timers.add(timer)
    return {cancel: () => void this.#timers.delete(timer)}
  }
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      const next = [...this.#timers].filter(t => t.at <= end).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.#timers.delete(next)
      this.#now = next.at
      next.fn()
      await setImmediate()
    }
    this.#now = end
    await setImmediate()
  }
}

/** A logger that keeps warnings and errors. */
export class TestLogger implements Logger {
  readonly lines: string[] = []
  debug(): void {}
  info(): void {}
  warn(message: string): void {
    this.lines.push(message)
  }
  error(message: string): void {
    this.lines.push(message)
  }
}

/** A process() that answers only when it is told to; knows what is running. */
export class Calls {
  readonly running = new Map<number, Deferred<number[]>>()
  started = 0
  peak = 0
  readonly process = (x: number): Promise<number[]> => {
    this.started++
    const call = deferred<number[]>()
    this.running.set(x, call)
    this.peak = Math.max(this.peak, this.running.size)
    return call.promise
  }
  answer(x: number, outs: number[] = [x]): void {
    this.running.get(x)!.resolve(outs)
    this.running.delete(x)
  }
}
