import {Bundle, type OffsetIds} from '../../core/index.ts'

/** An element and where it stands: what sources of files give with `withPosition: true`. */
export interface Positioned<T> {
  /** The file's path, or what the stream that is read is called. */
  file: string
  /** The byte at which it begins, in the decompressed file. */
  byteOffset: number
  value: T
}

/** The option with which elements are {@link Positioned}. */
export interface WithPosition {
  /** Elements are `{file, byteOffset, value}`; default false: the values alone. Ids are the same either way. */
  withPosition: true
}

/** The option {@link WithPosition}, not set. */
export interface WithoutPosition {
  withPosition?: false | undefined
}

/** The elements of a file as the option `withPosition` has them. */
export function placed<O>(
  {withPosition}: {readonly withPosition: boolean},
  file: string,
  bundles: AsyncIterable<Bundle<O>>,
): AsyncIterable<Bundle<O>> {
  // then O is Positioned, as the verbs' overloads have it
  return withPosition
    ? (withPositions(file, bundles) as AsyncIterable<Bundle<unknown>> as AsyncIterable<Bundle<O>>)
    : bundles
}

/** Puts each value of a file together with its place, which its id knows. */
async function* withPositions<T>(
  file: string,
  bundles: AsyncIterable<Bundle<T>>,
): AsyncGenerator<Bundle<Positioned<T>>> {
  for await (const {values, ids, timestamps, leases, watermark} of bundles) {
    const {offsets} = ids as OffsetIds
    const positioned = values.map((value, i) => ({file, byteOffset: offsets[i]!, value}))
    yield new Bundle(positioned, {ids, timestamps, leases, watermark})
  }
}
