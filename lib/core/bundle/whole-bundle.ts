import type {Bundle} from './bundle.ts'
import {ListIds} from './ids.ts'
import type {Lease} from './lease.ts'
import {OutputBuilder} from './output-builder.ts'

/** The part of the ids of a whole bundle's outputs between the last element's id and the ordinal, whatever the tag. */
const MARK = '.f.'

/**
 * Collects outputs that are made of a whole bundle: their number `k` is added by `add(value, 0, k)`. They have the columns of
 * its last element, the id with `.f.k`, and come from no single record. A timestamp of their own may be as early as that
 * of any element.
 *
 * @param lease one over all leases of the bundle, retained for each output
 * @param options `tag` of the output, undefined for the main one; `skew`: how much earlier than all elements it may be, ms
 */
export function outputsOfAll(
  bundle: Bundle<unknown>,
  lease: Lease | undefined,
  options: {tag?: string; skew?: number} = {},
): OutputBuilder {
  const {ids, timestamps, values} = bundle
  const last = values.length - 1
  const parent = bundle.slice(last, last + 1).with({
    ids: ids && new ListIds(ids.prefix, [ids.at(last)]),
    leases: lease && [lease],
  })
  const spread = timestamps ? timestamps[last]! - timestamps.reduce((a, b) => Math.min(a, b)) : 0
  return new OutputBuilder(parent, {...options, mark: MARK, skew: (options.skew ?? 0) + (spread || 0)})
}
