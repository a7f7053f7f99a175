import {createHash} from 'node:crypto'
import type {BoundedWindow, Ids, PaneInfo} from '../../../core/index.ts'

/** What the id of a pane is made of; each array has an entry for each pane. */
interface PaneParts {
  readonly keys: readonly (string | number)[]
  readonly windows: readonly BoundedWindow[]
  readonly panes: readonly PaneInfo[]
  /** The sum of the hashes of the ids in it. */
  readonly sums: readonly number[]
}

/**
 * Ids of panes: a hash of the key, the window, the number of the pane and the ids in it, under the step's name. So the same
 * content has the same id in every run. Most ids are never asked for: a hash is made only then.
 */
export class PaneIds implements Ids {
  readonly prefix: string
  readonly #parts: PaneParts

  constructor(step: string, parts: PaneParts) {
    this.prefix = step
    this.#parts = parts
  }

  at(i: number): string {
    const {keys, windows, panes, sums} = this.#parts
    const [key, {start, end}, {index}] = [keys[i]!, windows[i]!, panes[i]!]
    const sum = `${sums[2 * i]! >>> 0}.${sums[2 * i + 1]! >>> 0}`
    return createHash('sha256')
      .update(`${start}:${end}:${index}:${sum}:${typeof key === 'number' ? 'n' : 's'}${key}`)
      .digest()
      .subarray(0, 16)
      .toString('base64url')
  }
}
