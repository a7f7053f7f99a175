/** A file or object that a pattern matched. */
export interface FileInfo {
  /** Full path: `gs://bucket/name`, or the local path as the pattern gives it. */
  readonly path: string
  /** True for a byte stream, whose path is only a name for people. */
  readonly stream?: boolean | undefined
  /** True for what is not a regular file, such as a named pipe: it can be read only once, and opening it may block. */
  readonly pipe?: boolean | undefined
  /** Bytes stored, before any decompression; 0 for pipes. */
  readonly size: number
  /**
   * Distinguishes this content from other content under the same path: the object's generation, or the file's time of
   * change.
   */
  readonly generation?: string | undefined
  /** Distinguishes a local file from one that was put in its place. */
  readonly inode?: string | undefined
  /** CRC32C of the stored bytes in base64, when the service keeps one. */
  readonly crc32c?: string | undefined
  readonly contentEncoding?: string | undefined
}

/** How a file is read. */
export interface OpenOptions {
  /** First byte, default 0. */
  start?: number | undefined
  /** Ends the read at once. */
  signal?: AbortSignal | undefined
}

/** Where files are: the local disk, or Cloud Storage. */
export interface FileSystem {
  /**
   * The files that a path or glob pattern names, in the order of their names' UTF-8 bytes.
   *
   * A path without glob characters is looked up, not listed. No match is an error, `ERR_SLUICE_NO_MATCH`.
   */
  match(pattern: string, signal?: AbortSignal): Promise<FileInfo[]>
  /**
   * The stored bytes of a file, complete and unchanged, or an error. Reads ahead only as far as the consumer asks.
   *
   * A local file may have grown since it was matched, as logs do: what was added is read as well.
   */
  open(file: FileInfo, options?: OpenOptions): AsyncIterable<Buffer>
}
