/** The bytes of a file as they are stored. */
export interface StoredBytes {
  /** The first of them, once they are being read from the beginning. */
  head: Buffer | undefined
  /** Opens them, once more if need be, from some byte on. */
  readonly open: (start: number) => AsyncIterable<Buffer>
}

/** Stored bytes, of which those that are read are counted. */
export function storedBytes(
  open: (start: number) => AsyncIterable<Buffer>,
  extra: Record<string, number>,
): StoredBytes {
  const stored: StoredBytes = {
    head: undefined,
    open: async function* counted(start) {
      for await (const chunk of open(start)) {
        extra['bytes']! += chunk.length
        if (start === 0) stored.head ??= chunk
        yield chunk
      }
    },
  }
  return stored
}
