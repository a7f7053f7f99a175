import {type Bundle, MIN_TIMESTAMP} from '../../../core/index.ts'
import type {GroupingReport} from './grouping.ts'
import type {GroupingSpec} from './spec.ts'

/**
 * Tries each element of a bundle on its own, and reports those that fail: of an element that is set aside, nothing may be in any
 * accumulator. Returns which have failed, undefined if none has.
 */
export function failing<I>(
  spec: GroupingSpec<I, unknown>,
  report: GroupingReport<I>,
  bundle: Bundle<I>,
): Uint8Array | undefined {
  let failed: Uint8Array | undefined
  const {values, timestamps} = bundle
  for (let i = 0; i < values.length; i++)
    try {
      tryElement(spec, values[i]!, timestamps?.[i] ?? MIN_TIMESTAMP)
    } catch (error) {
      report.failed(error, bundle, i)
      failed ??= new Uint8Array(values.length)
      failed[i] = 1
    }
  return failed
}

function tryElement<I>({keys, fns, input}: GroupingSpec<I, unknown>, element: I, timestamp: number): void {
  keys.text(element)
  const value = input === undefined ? element : input(element)
  for (const fn of fns) fn.addInput(fn.createAccumulator(), value, timestamp)
}
