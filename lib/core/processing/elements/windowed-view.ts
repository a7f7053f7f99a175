import type {BoundedWindow} from '../../bundle/window.ts'

/** What a side input in windows is made of: a view for each of them. */
export class WindowedView {
  /** By start and end of the window. */
  readonly #views: ReadonlyMap<string, unknown>
  readonly #sideWindow: (main: BoundedWindow) => BoundedWindow
  readonly #empty: (window: BoundedWindow) => unknown
  /** The window of the main input that was asked for last, and its view. */
  #last: {readonly main: BoundedWindow; readonly view: unknown} | undefined

  /**
   * @param views by {@link windowKey}
   * @param sideWindow the window of the side input for one of the main input
   * @param empty the view of a window without elements; may throw
   */
  constructor(
    views: ReadonlyMap<string, unknown>,
    sideWindow: (main: BoundedWindow) => BoundedWindow,
    empty: (window: BoundedWindow) => unknown,
  ) {
    this.#views = views
    this.#sideWindow = sideWindow
    this.#empty = empty
  }

  /** The view for elements of the main input in this window. */
  of(main: BoundedWindow): unknown {
    if (this.#last?.main === main) return this.#last.view
    const window = this.#sideWindow(main)
    const key = windowKey(window)
    const view = this.#views.has(key) ? this.#views.get(key) : this.#empty(window)
    this.#last = {main, view}
    return view
  }
}

export function windowKey({start, end}: BoundedWindow): string {
  return `${start}:${end}`
}

/** True when one of the views depends on the window of the element. */
export function isWindowed(views: Readonly<Record<string, unknown>>): boolean {
  return Object.values(views).some(view => view instanceof WindowedView)
}

/** `c.side` of a call: the views, those in windows for the window that the element is in when they are looked at. */
export function sidesOfCall(
  views: Readonly<Record<string, unknown>>,
  context: {readonly window: BoundedWindow},
): Readonly<Record<string, unknown>> {
  if (!isWindowed(views)) return views
  const properties = Object.entries(views).map(([key, view]): [string, PropertyDescriptor] => [
    key,
    {enumerable: true, get: () => (view instanceof WindowedView ? view.of(context.window) : view)},
  ])
  return Object.freeze(Object.defineProperties({}, Object.fromEntries(properties)))
}
