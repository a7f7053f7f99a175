import {DerivedIds, type Ids, ListIds, OffsetIds, PrefixedIds, SequenceIds} from './ids.ts'

/** Ids as plain data: numbers or strings, and what each derivation has added to them. */
interface EncodedIds {
  readonly prefix: string
  readonly base: {readonly start: number} | Float64Array | readonly string[]
  /** The mark and the ordinals of each derivation, the first one first. */
  readonly added: readonly (readonly [mark: string, ordinals: Float64Array])[]
}

/** Encodes ids as plain data, just as compactly, without the records that they come from. */
export function encodeIds(ids: Ids, size: number): EncodedIds {
  const added: [string, Float64Array][] = []
  let at = Array.from({length: size}, (_, i) => i)
  let base = ids
  for (;;) {
    if (base instanceof DerivedIds) {
      const {parents, ordinals, mark} = base
      if (ordinals) added.unshift([mark, Float64Array.from(at, i => ordinals[i]!)])
      if (parents) at = at.map(i => parents[i]!)
      base = base.parent
    } else if (base instanceof PrefixedIds) base = base.parent
    else return {prefix: ids.prefix, base: encodeBase(base, at), added}
  }
}

function encodeBase(ids: Ids, at: readonly number[]): EncodedIds['base'] {
  if (ids instanceof OffsetIds) return Float64Array.from(at, i => ids.offsets[i]!)
  if (!(ids instanceof SequenceIds)) return at.map(i => ids.at(i))
  return at.every((i, k) => i === at[0]! + k)
    ? {start: ids.start + (at[0] ?? 0)}
    : Float64Array.from(at, i => ids.start + i)
}

/** Decodes ids encoded by {@link encodeIds}. */
export function decodeIds({prefix, base, added}: EncodedIds): Ids {
  let ids: Ids
  if (base instanceof Float64Array) ids = new OffsetIds(prefix, base)
  else if ('start' in base) ids = new SequenceIds(prefix, base.start)
  else ids = new ListIds(prefix, base)
  for (const [mark, ordinals] of added) ids = new DerivedIds(ids, undefined, ordinals, mark)
  return ids
}
