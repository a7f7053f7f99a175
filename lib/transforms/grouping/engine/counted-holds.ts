import {type WatermarkHold, WatermarkHolds} from '../../../core/index.ts'

/** A cell that may keep the output watermark back. */
interface Holding {
  /** Where; undefined: nowhere. */
  hold: number | undefined
}

/** What keeps the output watermark back: how many cells do so at each timestamp. */
export class CountedHolds {
  readonly #holds = new WatermarkHolds()
  readonly #at = new Map<number, {readonly hold: WatermarkHold; count: number}>()

  /** Moves the hold of a cell; undefined for none. */
  move(cell: Holding, to: number | undefined): void {
    const from = cell.hold
    if (from === to) return
    cell.hold = to
    if (to !== undefined) {
      const known = this.#at.get(to)
      if (known) known.count++
      else this.#at.set(to, {hold: this.#holds.hold(to), count: 1})
    }
    const old = from === undefined ? undefined : this.#at.get(from)
    if (!old || --old.count > 0) return
    old.hold.release()
    this.#at.delete(from!)
  }

  /** The watermark that may leave when the input's is this one. */
  limit(watermark: number): number {
    return this.#holds.limit(watermark)
  }
}
