import {type InProgress, pin, unpin} from '../in-progress.ts'

/** Calls of user code that have not settled, by a name such as `process()`. */
export class OpenCalls {
  readonly #owner: InProgress
  readonly #open = new Map<string, number>()
  /** How many have settled so far: shows whether there is progress. */
  settled = 0

  constructor(owner: InProgress) {
    this.#owner = owner
  }

  begin(name: string): void {
    if (this.#open.size === 0) pin(this.#owner)
    this.#open.set(name, (this.#open.get(name) ?? 0) + 1)
  }

  end(name: string): void {
    const left = (this.#open.get(name) ?? 1) - 1
    if (left > 0) this.#open.set(name, left)
    else if (this.#open.delete(name) && this.#open.size === 0) unpin(this.#owner)
    this.settled++
  }

  /** Counts a promise as an open call until it settles. */
  watch<T>(name: string, call: Promise<T>): Promise<T> {
    this.begin(name)
    const end = () => this.end(name)
    call.then(end, end)
    return call
  }

  /** The names of open calls. */
  get names(): readonly string[] {
    return [...this.#open.keys()]
  }
}
