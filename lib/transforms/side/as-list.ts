import type {SideInput} from '../../core/index.ts'
import {type SideInputOptions, type SideSourceOrFactory, sideInput} from './side-options.ts'

/**
 * A side input that is the list of all elements in the order they arrived.
 *
 * The list and its elements are frozen (shallow), and held in memory as long as a stage uses them.
 *
 * @param input a source or another stage, a collection of a Pipeline, or a function that returns a new source
 * @param options `every`: reads the input again and again; needs a function as input
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_SIDE_INPUT` for messages and sources without an end
 *
 * @example
 * const rules = asList(readFromJson<{kind: string; action: string}>('rules.jsonl'))
 * flatMap((row: {kind: string}, c) => c.side.rules.filter(rule => rule.kind === row.kind), {side: {rules}})
 */
export function asList<E>(input: SideSourceOrFactory<E>, options?: SideInputOptions): SideInput<readonly E[]> {
  return sideInput('asList', input, options, listFold<E>)
}

/** Collects elements. */
export function listFold<E>() {
  const elements: E[] = []
  return {
    add: (element: E) => void elements.push(element),
    result: (): readonly E[] => Object.freeze(elements),
  }
}
