import {type BoundedWindow, type Bundle, OutputBuilder} from '../../../core/index.ts'

/** Elements of one bundle that a grouping drops, for a tagged output. */
export class Dropped {
  readonly #builder: OutputBuilder
  readonly #windows: BoundedWindow[] = []

  constructor(bundle: Bundle<unknown>, tag: string) {
    this.#builder = new OutputBuilder(bundle, {tag})
  }

  /** Element `i`, once for each window that it is dropped from. */
  add(element: unknown, i: number, window: BoundedWindow): void {
    const ordinal = this.#windows.push(window) - 1
    this.#builder.add(element, i, ordinal)
  }

  /** What was added, as bundles of at most `max` elements. */
  take(max: number): Bundle<unknown>[] {
    let at = 0
    return this.#builder.take(max).map(bundle => {
      const windows = this.#windows.slice(at, (at += bundle.values.length))
      return bundle.with({windows})
    })
  }
}
