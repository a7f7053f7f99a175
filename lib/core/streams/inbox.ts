import {Bundle, isBundle} from '../bundle/bundle.ts'
import {DEFAULTS} from '../stage/defaults.ts'
import type {Done} from '../stage/hold-given.ts'

/**
 * The writable side of a stage: passes bundles on one at a time, and gathers plain values into a bundle until it is full or
 * the next `setImmediate` fires, so that foreign streams make real bundles too.
 */
export class Inbox<T> {
  readonly #take: (bundle: Bundle<T>, done: Done) => void
  #queue: {bundle: Bundle<T>; done: Done}[] = []
  #gathered: T[] = []
  #timer: NodeJS.Immediate | undefined
  #busy = false
  #idle: (() => void)[] = []

  /** `take` must call `done` when it wants the next bundle; calls never overlap. */
  constructor(take: (bundle: Bundle<T>, done: Done) => void) {
    this.#take = take
  }

  /** Takes one chunk from `_write`. */
  write(chunk: T | Bundle<T>, done: Done): void {
    if (isBundle(chunk)) {
      if (this.#gathered.length > 0) this.#enqueue(this.#gatheredBundle(), ignore)
      this.#enqueue(chunk as Bundle<T>, done)
      return
    }
    this.#gathered.push(chunk)
    if (this.#gathered.length >= DEFAULTS.bundleValues) this.#enqueue(this.#gatheredBundle(), done)
    else {
      this.#timer ??= setImmediate(this.#flush)
      done()
    }
  }

  #flush = (): void => {
    this.#timer = undefined
    // values gather while a bundle is being processed, and become the next one
    if (!this.#busy && this.#gathered.length > 0) this.#enqueue(this.#gatheredBundle(), ignore)
  }

  #gatheredBundle(): Bundle<T> {
    const bundle = new Bundle(this.#gathered)
    this.#gathered = []
    if (this.#timer) clearImmediate(this.#timer)
    this.#timer = undefined
    return bundle
  }

  #enqueue(bundle: Bundle<T>, done: Done): void {
    if (this.#busy) this.#queue.push({bundle, done})
    else this.#run(bundle, done)
  }

  #run(bundle: Bundle<T>, done: Done): void {
    this.#busy = true
    this.#take(bundle, error => {
      this.#busy = false
      done(error)
      if (error || this.#busy) return
      const next = this.#queue.shift()
      if (next) this.#run(next.bundle, next.done)
      else if (this.#gathered.length > 0) this.#run(this.#gatheredBundle(), ignore)
      else for (const resolve of this.#idle.splice(0)) resolve()
    })
  }

  /** Calls back when everything written so far has been taken. */
  whenEmpty(callback: () => void): void {
    if (this.#gathered.length > 0 && !this.#busy) this.#enqueue(this.#gatheredBundle(), ignore)
    if (this.#busy) this.#idle.push(callback)
    else callback()
  }

  /** Drops everything that is waiting; no callback runs after this. */
  clear(): void {
    this.#queue = []
    this.#gathered = []
    this.#idle = []
    if (this.#timer) clearImmediate(this.#timer)
    this.#timer = undefined
  }
}

/** An error in a gathered bundle has already destroyed the stream; its values were accepted long before. */
function ignore(): void {}
