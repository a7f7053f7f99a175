import {type StageInfo, useClock} from '../core/index.ts'

/** The sink that a dead-letter sink serves, whose name and clock it takes. */
export class Served {
  #owner: StageInfo | undefined

  /** Until the sink is connected, a Pipeline puts the step's name before this one. */
  get name(): string {
    return this.#owner ? `${this.#owner.name}.deadLetter` : 'deadLetter'
  }

  /**
   * Call it once the dead-letter sink is connected.
   *
   * @returns the name of the sink that it serves
   */
  find(info: StageInfo): string | undefined {
    for (const {owner} of info.upstream) {
      if (!owner) continue
      this.#owner = owner
      useClock(info, owner.clock)
      return owner.name
    }
    return undefined
  }
}
