import type {CombineFn} from '../../combine/index.ts'
import type {AnyCombineFn, GroupingSpec, Keys} from '../engine/index.ts'
import {GroupingStage} from '../stage/grouping-stage.ts'
import type {GroupingOptions} from '../stage/options.ts'

/** An element, and the position of the input that it came from. */
export type Marked = readonly [position: number, element: unknown]

/** The elements with one key, by input. */
export interface CoGrouped {
  readonly key: unknown
  readonly sides: readonly (readonly unknown[])[]
}

/** Finds the keys of marked elements. */
export interface MarkedKeys extends Keys<Marked> {
  /** What an element is to its group. */
  value(marked: Marked): unknown
  /** Throws if the keys of the inputs cannot match; asked for each group. */
  check?(sides: CoGrouped['sides']): void
}

/** Groups marked elements by key: one list for each input. */
export class CoGroup extends GroupingStage<Marked, CoGrouped> {
  readonly #inputs: number
  readonly #keys: MarkedKeys
  readonly #step: () => string

  /** `step` is asked for the name of the stage that this one belongs to: it is part of the ids of its groups. */
  constructor(options: GroupingOptions, inputs: number, keys: MarkedKeys, step: () => string) {
    super(options)
    this.#inputs = inputs
    this.#keys = keys
    this.#step = step
  }

  protected override spec(): GroupingSpec<Marked, CoGrouped> {
    const keys = this.#keys
    return {
      step: this.#step(),
      keys,
      fns: [sidesOf(this.#inputs) as AnyCombineFn],
      input: marked => [marked[0], keys.value(marked)],
      result: (key, [sides]) => {
        keys.check?.(sides as CoGrouped['sides'])
        return {key, sides: sides as CoGrouped['sides']}
      },
    }
  }
}

/** Collects the elements of each input in a list. */
function sidesOf(inputs: number): CombineFn<Marked, unknown[][], unknown[][]> {
  const empty = () => Array.from({length: inputs}, (): unknown[] => [])
  return {
    createAccumulator: empty,
    addInput: (sides, [position, element]) => {
      sides[position]!.push(element)
      return sides
    },
    mergeAccumulators: accumulators => {
      const merged = empty()
      for (const sides of accumulators)
        for (const [position, side] of sides.entries()) for (const element of side) merged[position]!.push(element)
      return merged
    },
    // copies: further elements may be added to the accumulator
    extractOutput: sides => sides.map(side => side.slice()),
  }
}
