import type {FileInfo} from './file-system.ts'
import type {ShardNames} from './shard-names.ts'

/** A complete shard, still in its temporary file. */
export interface FinishedShard {
  /** The temporary file. */
  readonly local: string
  /** The final name. */
  readonly path: string
  readonly size: number
  readonly crc32c: string
  readonly contentType: string
}

/** Where the shards of one sink go. */
export interface ShardStore {
  /** The existing shards of a set, of any run and count, in the order of their names. */
  existing(names: ShardNames, signal: AbortSignal): Promise<FileInfo[]>
  /** Makes the next `existing` look again. */
  forget(): void
  /** Permissions of temporary files; undefined: the process's default. */
  readonly mode?: number | undefined
  /** Makes a path for the next temporary file. */
  temporary(): string
  /**
   * Makes the shards final under their names: all of them, or none after a failure. Names in `old` are replaced; others
   * must be free.
   */
  publish(shards: readonly FinishedShard[], old: readonly FileInfo[], signal: AbortSignal): Promise<void>
  /** Removes final shards of an earlier run. */
  remove(old: readonly FileInfo[], signal: AbortSignal): Promise<void>
  /** Removes all temporary files, at once: the process may end right after. */
  cleanUp(): void
}
