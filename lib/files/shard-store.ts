import type {FileInfo} from './file-system.ts'

/** A shard that is complete, in its temporary file. */
export interface FinishedShard {
  /** The temporary file. */
  readonly local: string
  /** The final name. */
  readonly path: string
  readonly size: number
  readonly crc32c: string
}

/** Where the shards of one sink go. */
export interface ShardStore {
  /** True when temporary files must be on the disk before they are made final. */
  readonly sync: boolean
  /** True when shards need a CRC32C. */
  readonly checksum: boolean
  /** The shards of this set that are there, of any run and count, in the order of their names. */
  existing(signal: AbortSignal): Promise<FileInfo[]>
  /** Makes a path for the next temporary file; the folder is there. */
  temporary(): string
  /**
   * Makes the shards final under their names: all of them, or after a failure none. Names that are in `old` are replaced,
   * others must be free.
   */
  publish(shards: readonly FinishedShard[], old: readonly FileInfo[], signal: AbortSignal): Promise<void>
  /** Removes final shards of an earlier run. */
  remove(old: readonly FileInfo[], signal: AbortSignal): Promise<void>
  /** Removes all temporary files, at once: the process may end right after. */
  cleanUp(): void
}
