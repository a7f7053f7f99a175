import type {SideInput} from '../core/index.ts'
import {listFold} from './as-list.ts'
import {type SideInputOptions, type SideSourceOrFactory, sideInput} from './side-options.ts'

/**
 * A side input that is an iterable of all elements, in the order in which they came, for code that goes through them and
 * needs no list. As {@link asList}, it is held in memory, and its elements are frozen (shallow).
 *
 * @param input a source or another stage, a collection of a Pipeline, or a function that makes a new source
 * @param options `every`: read again and again; needs a function as input
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_SIDE_INPUT` for messages and sources without an end
 *
 * @example
 * const words = asIterable(readFromText('stop-words.txt'))
 */
export function asIterable<E>(input: SideSourceOrFactory<E>, options?: SideInputOptions): SideInput<Iterable<E>> {
  return sideInput<E, Iterable<E>>('asIterable', input, options, listFold<E>)
}
