/** The bytes of a file as they are stored. */
export interface StoredBytes {
  /** The first of them, once reading from the beginning has started. */
  head: Buffer | undefined
  /** Opens them from a byte on; may be called again. */
  readonly open: (start: number) => AsyncIterable<Buffer>
}

/** Stored bytes; those that are read are counted. */
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
