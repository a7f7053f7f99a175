import type {Slot, Work} from './slot.ts'

/**
 * Decides whose turn it is to hand outputs on: in order, that of the oldest element that is not done; unordered, everybody's.
 * Elements after a barrier wait until it has passed.
 */
export class SlotOrder {
  readonly #ordered: boolean
  /** True for work that no barrier holds back. */
  readonly #isOpen: (work: Work) => boolean
  /** In order: the elements whose outputs have not been handed on, oldest first; those without outputs leave at once. */
  #first: Slot | undefined
  #last: Slot | undefined
  /** Unordered: elements that wait for a barrier to pass. */
  #behind = new Set<Slot>()

  constructor(ordered: boolean, isOpen: (work: Work) => boolean) {
    this.#ordered = ordered
    this.#isOpen = isOpen
  }

  append(slot: Slot): void {
    if (!this.#ordered) {
      if (!this.#isOpen(slot.work)) this.#behind.add(slot)
      return
    }
    slot.before = this.#last
    if (this.#last) this.#last.after = slot
    else this.#first = slot
    this.#last = slot
  }

  /** Whether the slot may hand outputs on now. */
  isHead(slot: Slot): boolean {
    return this.#isOpen(slot.work) && (!this.#ordered || this.#first === slot)
  }

  /** An element is done: calls back for the slots whose turn has come, the last of which may be running. */
  settle(slot: Slot, turn: (slot: Slot) => void): void {
    if (!this.#ordered) {
      if (!this.#behind.has(slot)) turn(slot)
      return
    }
    if (slot.size === 0 && this.#isOpen(slot.work)) {
      this.#remove(slot)
      turn(slot)
    }
    this.#prefix(turn)
  }

  /** A barrier has passed: calls back for the slots whose turn has come. */
  nextEpoch(turn: (slot: Slot) => void): void {
    if (this.#ordered) return this.#prefix(turn)
    for (const slot of [...this.#behind])
      if (this.#isOpen(slot.work)) {
        this.#behind.delete(slot)
        turn(slot)
      }
  }

  /** Removes finished elements from the front; the next one gets its turn too if it has yielded while it waited. */
  #prefix(turn: (slot: Slot) => void): void {
    for (let first = this.#first; first && this.#isOpen(first.work); first = this.#first) {
      if (!first.settled) {
        if (first.counted > 0) turn(first)
        return
      }
      this.#remove(first)
      turn(first)
    }
  }

  #remove(slot: Slot): void {
    if (slot.before) slot.before.after = slot.after
    else this.#first = slot.after
    if (slot.after) slot.after.before = slot.before
    else this.#last = slot.before
  }
}
