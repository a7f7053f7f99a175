import {type BoundedWindow, GLOBAL_WINDOW, type WindowSlot} from '../bundle/window.ts'
import {WindowedView, windowKey} from '../processing/elements/windowed-view.ts'
import type {Windowing} from '../stage/info/windowing.ts'
import type {SideFold} from './side-fold.ts'

/** Builds the view of a side input; of one in windows a view for each window. */
export class SideFolds<E, T> {
  readonly #make: () => SideFold<E, T>
  /** Of a side input in windows. */
  readonly #windowing: Windowing | undefined
  readonly #folds = new Map<string, SideFold<E, T>>()

  constructor(make: () => SideFold<E, T>, windowing: Windowing | undefined) {
    this.#make = make
    this.#windowing = windowing?.inWindows ? windowing : undefined
  }

  add(element: E, slot: WindowSlot = GLOBAL_WINDOW): void {
    if (!this.#windowing) this.#foldOf('').add(element)
    else if (Array.isArray(slot)) for (const window of slot) this.#foldOf(windowKey(window)).add(element)
    else this.#foldOf(windowKey(slot as BoundedWindow)).add(element)
  }

  #foldOf(key: string): SideFold<E, T> {
    let fold = this.#folds.get(key)
    if (!fold) this.#folds.set(key, (fold = this.#make()))
    return fold
  }

  result(): T {
    const windowing = this.#windowing
    if (!windowing) return this.#foldOf('').result()
    const views = new Map([...this.#folds].map(([key, fold]) => [key, fold.result()]))
    const view = new WindowedView(views, windowing.sideWindow, () => this.#make().result())
    // stands for one T for each window, which `c.side` looks up
    return view as unknown as T
  }
}
