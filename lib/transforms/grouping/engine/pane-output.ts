import {type BoundedWindow, Bundle, GLOBAL_WINDOW, type PaneInfo} from '../../../core/index.ts'
import {type Cell, extracted} from './cell.ts'
import {PaneIds} from './pane-ids.ts'
import type {GroupingSpec} from './spec.ts'

/** Collects panes until they leave as a bundle. */
export class PaneOutput<O> {
  readonly #spec: GroupingSpec<never, O>
  /** False once elements without ids have come: then panes have none either. */
  hasIds = true
  #values: O[] = []
  #keys: (string | number)[] = []
  #windows: BoundedWindow[] = []
  #panes: PaneInfo[] = []
  #timestamps: number[] = []
  #sums: number[] = []
  #global = true

  constructor(spec: GroupingSpec<never, O>) {
    this.#spec = spec
  }

  get size(): number {
    return this.#values.length
  }

  /** Emits what a cell holds. */
  add(cell: Cell, window: BoundedWindow, pane: PaneInfo, timestamp: number): void {
    const {fns} = this.#spec
    this.#values.push(this.#spec.result(cell.key, extracted(fns, cell.accumulators)))
    this.#keys.push(cell.text)
    this.#windows.push(window)
    this.#panes.push(pane)
    this.#timestamps.push(timestamp)
    this.#sums.push(cell.idsLo, cell.idsHi)
    if (window !== GLOBAL_WINDOW) this.#global = false
  }

  /** The first panes as a bundle, `max` at most. */
  take(max: number): Bundle<O> {
    const values = first(this.#values, max)
    const windows = first(this.#windows, max)
    const panes = first(this.#panes, max)
    const ids = new PaneIds(this.#spec.step, {
      keys: first(this.#keys, max),
      windows,
      panes,
      sums: first(this.#sums, 2 * max),
    })
    const bundle = new Bundle(values, {
      ids: this.hasIds ? ids : undefined,
      timestamps: Float64Array.from(first(this.#timestamps, max)),
      windows: this.#global ? undefined : windows,
      panes,
    })
    if (values === this.#values) this.#clear()
    return bundle
  }

  #clear(): void {
    this.#values = []
    this.#keys = []
    this.#windows = []
    this.#panes = []
    this.#timestamps = []
    this.#sums = []
    this.#global = true
  }
}

/** Takes the first entries: the array itself if these are all. */
function first<T>(array: T[], max: number): T[] {
  return array.length <= max ? array : array.splice(0, max)
}
