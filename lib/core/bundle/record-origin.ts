import {DerivedIds, type Ids, ListIds, OffsetIds, PrefixedIds} from './ids.ts'
import type {RecordOrigin} from './source-record.ts'

/**
 * The record that value `i` of a bundle was made from, whatever steps it has been through; undefined if its source keeps no
 * records or the value was made from several.
 */
export function originOf(ids: Ids | undefined, i: number): RecordOrigin | undefined {
  let at = i
  for (let each = ids; each !== undefined; ) {
    if (each instanceof DerivedIds) {
      if (each.parents) at = each.parents[at]!
      each = each.parent
    } else if (each instanceof PrefixedIds) each = each.parent
    else if (each instanceof OffsetIds) return each.keeper && {keeper: each.keeper, offset: each.offsets[at]!}
    else return each instanceof ListIds ? each.origins?.[at] : undefined
  }
  return undefined
}
