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

  /** Everything as one bundle. */
  take(): Bundle<O> {
    const [values, windows, panes] = [this.#values, this.#windows, this.#panes]
    const ids = new PaneIds(this.#spec.step, {keys: this.#keys, windows, panes, sums: this.#sums})
    const bundle = new Bundle(values, {
      ids: this.hasIds ? ids : undefined,
      timestamps: Float64Array.from(this.#timestamps),
      windows: this.#global ? undefined : windows,
      panes,
    })
    this.#clear()
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
