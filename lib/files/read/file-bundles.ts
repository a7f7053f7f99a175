import {Bundle, DEFAULTS, OffsetIds, type RecordKeeper} from '../../core/index.ts'

/** Bundles of the lines that end in a chunk; a large chunk is split every 128 KiB. */
export function* lineBundles(
  prefix: string,
  splitter: {push(bytes: Buffer): {values: string[]; offsets: number[]}},
  chunk: Buffer,
): Generator<Bundle<string>> {
  for (let at = 0; at < chunk.length; at += DEFAULTS.bundleBytes) {
    const {values, offsets} = splitter.push(chunk.subarray(at, at + DEFAULTS.bundleBytes))
    yield* offsetBundles(prefix, values, offsets)
  }
}

/**
 * Values with the byte offsets at which they begin, as bundles of at most 1,000 and of similar size; `keeper` has the
 * records at these offsets.
 */
export function* offsetBundles<O>(
  prefix: string,
  values: O[],
  offsets: number[],
  keeper?: RecordKeeper,
): Generator<Bundle<O>> {
  const count = values.length
  if (count === 0) return
  if (count <= DEFAULTS.bundleValues) {
    yield new Bundle(values, {ids: new OffsetIds(prefix, offsets, keeper)})
    return
  }
  const size = Math.ceil(count / Math.ceil(count / DEFAULTS.bundleValues))
  for (let at = 0; at < count; at += size) {
    const ids = new OffsetIds(prefix, offsets.slice(at, at + size), keeper)
    yield new Bundle(values.slice(at, at + size), {ids})
  }
}
