import type {SideInput} from '../../core/index.ts'
import {listFold} from './as-list.ts'
import {type SideInputOptions, type SideSourceOrFactory, sideInput} from './side-options.ts'

/**
 * A side input that is an iterable of all elements in the order they arrived, for code that only iterates. Like
 * {@link asList} it is held in memory, and its elements are frozen (shallow).
 *
 * @param input a source or another stage, a collection of a Pipeline, or a function that returns a new source
 * @param options `every`: reads the input again and again; needs a function as input
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_SIDE_INPUT` for messages and sources without an end
 *
 * @example
 * const words = asIterable(readFromText('stop-words.txt'))
 */
export function asIterable<E>(input: SideSourceOrFactory<E>, options?: SideInputOptions): SideInput<Iterable<E>> {
  return sideInput<E, Iterable<E>>('asIterable', input, options, listFold<E>)
}
