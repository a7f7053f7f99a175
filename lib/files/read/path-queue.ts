import type {Bundle} from '../../core/index.ts'
import {deferred} from '../../util/index.ts'

/** One path of a bundle, or without a path the watermark that holds after the paths before it. */
export interface Asked {
  readonly bundle: Bundle<unknown>
  readonly index: number
  readonly watermark: number
}

/** Paths waiting to be looked up, in the order in which they came. */
export class PathQueue implements AsyncIterable<Asked> {
  #waiting: Asked[] = []
  #ended = false
  #changed = deferred()
  /** Called once everything that waits has been taken. */
  #emptied: (() => void) | undefined

  /** @param taken called when the next bundle may come */
  put(bundle: Bundle<unknown>, watermark: number, taken: () => void): void {
    for (let index = 0; index < bundle.values.length; index++) this.#waiting.push({bundle, index, watermark})
    this.#waiting.push({bundle, index: -1, watermark})
    this.#emptied = taken
    this.#tell()
  }

  end(): void {
    this.#ended = true
    this.#tell()
  }

  #tell(): void {
    this.#changed.resolve()
    this.#changed = deferred()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Asked> {
    for (;;) {
      const waiting = this.#waiting
      this.#waiting = []
      yield* waiting
      if (this.#waiting.length > 0) continue
      const emptied = this.#emptied
      this.#emptied = undefined
      emptied?.()
      if (this.#waiting.length > 0) continue
      if (this.#ended) return
      await this.#changed.promise
    }
  }
}
