import {Bundle, GLOBAL_WINDOW, ListIds, type PaneInfo, UNKNOWN_PANE, type WindowSlot} from '../../core/index.ts'

/** An element and its columns as plain data. Prefixes, windows and panes are numbers of what {@link StoredElements} keeps. */
export type StoredElement = readonly [
  value: unknown,
  prefix: number,
  id: string,
  timestamp: number | undefined,
  window: number,
  pane: number,
]

/** Takes elements out of bundles, so that they can wait on disk, and makes bundles of them again. Leases are not kept. */
export class StoredElements {
  /** A few: one for each input file. */
  readonly #prefixes = new Numbered<string>()
  readonly #windows = new Numbered<WindowSlot | undefined>()
  readonly #panes = new Numbered<PaneInfo | undefined>()

  /** @param slot the windows that it stays in; default: all that it is in */
  take({values, ids, timestamps, windows, panes}: Bundle<unknown>, i: number, slot = windows?.[i]): StoredElement {
    const window = this.#windows.numberOf(slot)
    const prefix = ids ? this.#prefixes.numberOf(ids.prefix) : -1
    const pane = this.#panes.numberOf(panes?.[i])
    return [values[i], prefix, ids?.at(i) ?? '', timestamps?.[i], window, pane]
  }

  /** A bundle of these elements, under the ids that they had; ids of several prefixes get one in common. */
  bundle(elements: readonly StoredElement[]): Bundle<unknown> {
    const [first] = elements
    if (first === undefined) return new Bundle<unknown>([])
    const [, prefix, , timestamp, window, pane] = first
    return new Bundle(
      elements.map(([value]) => value),
      {
        ids: prefix < 0 ? undefined : this.#ids(elements),
        timestamps:
          timestamp === undefined
            ? undefined
            : Float64Array.from(elements, element => element[3] ?? Number.NEGATIVE_INFINITY),
        windows: this.#windows.at(window) && elements.map(element => this.#windows.at(element[4]) ?? GLOBAL_WINDOW),
        panes: this.#panes.at(pane) && elements.map(element => this.#panes.at(element[5]) ?? UNKNOWN_PANE),
      },
    )
  }

  #ids(elements: readonly StoredElement[]): ListIds {
    if (this.#prefixes.size === 1)
      return new ListIds(
        this.#prefixes.at(0)!,
        elements.map(element => element[2]),
      )
    const ids = elements.map(([, prefix, id]) => `${this.#prefixes.at(prefix)}:${id}`)
    return new ListIds('', ids)
  }
}

/** Numbers for values that are met again and again. */
class Numbered<V> {
  readonly #numbers = new Map<V, number>()
  readonly #values: V[] = []
  #last: V | undefined
  #lastNumber = -1

  get size(): number {
    return this.#values.length
  }

  numberOf(value: V): number {
    if (value === this.#last && this.#lastNumber >= 0) return this.#lastNumber
    let number = this.#numbers.get(value)
    if (number === undefined) {
      number = this.#values.push(value) - 1
      this.#numbers.set(value, number)
    }
    this.#last = value
    this.#lastNumber = number
    return number
  }

  at(number: number): V | undefined {
    return this.#values[number]
  }
}
