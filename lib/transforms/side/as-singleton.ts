import {type SideInput, type SideName, sideError} from '../../core/index.ts'
import {type SideInputOptions, type SideSourceOrFactory, sideInput} from './side-options.ts'

/** Options of {@link asSingleton}. */
export interface SingletonOptions<D> extends SideInputOptions {
  /** The value if there is no element, which may be `undefined` or null; without it, that is an error. */
  default?: D | undefined
}

/**
 * A side input that is the only element of its input.
 *
 * No element (without `default`), or more than one, fails the run. The element is frozen (shallow).
 *
 * @param input a source or another stage, a collection of a Pipeline, or a function that returns a new source
 * @param options `default`; `every`: reads the input again and again, needs a function as input
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_SIDE_INPUT` fails the run for no element or
 *   several, for messages and for sources without an end
 *
 * @example
 * const limit = asSingleton(create([100]), {default: 50})
 * filter((row: {total: number}, c) => row.total < c.side.limit, {side: {limit}})
 */
export function asSingleton<E, D = never>(
  input: SideSourceOrFactory<E>,
  options?: SingletonOptions<D>,
): SideInput<E | D> {
  return sideInput<E, E | D>('asSingleton', input, options, where => singletonFold(where, options), ['default'])
}

function singletonFold<E, D>(where: SideName, options: SingletonOptions<D> | undefined) {
  let only: E | undefined
  let count = 0
  return {
    add(element: E) {
      if (++count > 1)
        throw sideError(
          where,
          'asSingleton was given a second element; use asList, or combine them into one before',
          element,
        )
      only = element
    },
    result(): E | D {
      if (count === 1) return only as E
      if (options && 'default' in options) return options.default as D
      throw sideError(where, 'asSingleton was given no element; give the option `default`, or an input that has one')
    },
  }
}
