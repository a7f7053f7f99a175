import type {RowError} from '../../../batching/index.ts'
import {show} from '../../../errors/index.ts'

interface Stopped {
  readonly refusal: RowError
  /** A message that was sent has failed, so messages already waiting must stop too. */
  sent: boolean
}

/** The error of a publish that follows the failure of another message with the same key. */
export class StoppedKey extends Error {
  readonly refusal: RowError

  constructor(refusal: RowError) {
    super(refusal.message)
    this.refusal = refusal
  }
}

/**
 * The ordering keys that have stopped: a message with the key was not published, so no later one may be, for the rest of
 * the run. Keys are identified by their lane, which is topic and key.
 */
export class StoppedKeys {
  readonly #stopped = new Map<string, Stopped>()

  get size(): number {
    return this.#stopped.size
  }

  /**
   * Stops a key: later rows are refused and, with `sent`, so are rows already taken, whose messages would follow the one that
   * failed. True if the key had not stopped before.
   */
  stop(lane: string, key: string, why: RowError, sent: boolean): boolean {
    const known = this.#stopped.get(lane)
    if (known) {
      known.sent ||= sent
      return false
    }
    const message =
      `the ordering key ${show(key)} has stopped: an earlier message with it was not published ` +
      `(${why.message || why.reason}), and this one would be out of order`
    this.#stopped.set(lane, {refusal: {reason: 'stopped', location: 'orderingKey', message}, sent})
    return true
  }

  /** Why a row that arrives now cannot be published. */
  refuses(lane: string): RowError | undefined {
    return this.#stopped.size === 0 ? undefined : this.#stopped.get(lane)?.refusal
  }

  /** Why messages taken earlier can no longer be published. */
  refusesSending(lane: string): RowError | undefined {
    if (this.#stopped.size === 0) return undefined
    const stopped = this.#stopped.get(lane)
    return stopped?.sent ? stopped.refusal : undefined
  }
}
