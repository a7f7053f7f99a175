import type {Bundle, OffsetIds} from '../../core/index.ts'

/** An element with its position: what file sources emit with `withPosition: true`. */
export interface Positioned<T> {
  /** The file's path, or the name of the stream that is read. */
  file: string
  /** The byte at which it begins, in the decompressed file. */
  byteOffset: number
  value: T
}

/** The option that makes elements {@link Positioned}. */
export interface WithPosition {
  /** Emits elements as `{file, byteOffset, value}`; default false: only the values. Ids are the same either way. */
  withPosition: true
}

/** The option {@link WithPosition} when it is not set. */
export interface WithoutPosition {
  withPosition?: false | undefined
}

/** The elements of a file, with positions if `withPosition` is set. */
export function placed<O>(
  {withPosition}: {readonly withPosition: boolean},
  file: string,
  bundles: AsyncIterable<Bundle<O>>,
): AsyncIterable<Bundle<O>> {
  // then O is Positioned, as the overloads of the verbs declare
  return withPosition
    ? (withPositions(file, bundles) as AsyncIterable<Bundle<unknown>> as AsyncIterable<Bundle<O>>)
    : bundles
}

/** Combines each value of a file with its position, taken from its id. */
async function* withPositions<T>(
  file: string,
  bundles: AsyncIterable<Bundle<T>>,
): AsyncGenerator<Bundle<Positioned<T>>> {
  for await (const bundle of bundles) {
    const {offsets} = bundle.ids as OffsetIds
    yield bundle.withValues(bundle.values.map((value, i) => ({file, byteOffset: offsets[i]!, value})))
  }
}
