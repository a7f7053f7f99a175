import {closeSync, constants, openSync} from 'node:fs'
import {type FileHandle, open} from 'node:fs/promises'
import type {Crc32c} from '../../util/index.ts'
import type {Compressor} from '../codecs/write-compression.ts'

/** Characters gathered before they are written, over all shards of a destination. */
export const GATHER = 256 * 1024
/** Characters that are encoded at once: encoding one long rope of strings takes a tenth more CPU (bench, JSON out). */
export const PIECE = 32 * 1024

/** Characters that wait in memory, over all files of a sink. */
export interface Gathered {
  total: number
}

export interface ShardFileOptions {
  /** Creates the path of a temporary file. */
  readonly temporary: () => string
  /** Its permissions; undefined: the process's default. */
  readonly mode: () => number | undefined
  readonly compressor: Compressor | undefined
  /** Whether to keep a CRC32C of the stored bytes. */
  readonly checksum: boolean
  /** Characters gathered before they are written. */
  readonly gather: number
  readonly gathered: Gathered
  /** Called with the number of bytes that are stored. */
  readonly onBytes: (count: number) => void
}

/**
 * One shard in its temporary file while it is being written. Text is gathered; the file is created with the first write.
 */
export abstract class ShardFile {
  /** The temporary file; `close()` may give it another name. */
  path: string
  /** Records so far; maintained by the caller. */
  records = 0
  /** Bytes so far, before compression; maintained by the caller. */
  bytes = 0
  /** Bytes stored. */
  size = 0
  protected readonly options: ShardFileOptions
  protected crc: Crc32c | undefined
  #pending = ''

  constructor(options: ShardFileOptions) {
    this.path = options.temporary()
    this.options = options
  }

  /** CRC32C of what is on the disk, in base64. */
  get crc32c(): string {
    return this.crc?.base64() ?? ''
  }

  /** True if there is enough text to write. */
  get isReady(): boolean {
    return this.pending >= this.options.gather
  }

  /** Characters taken that have not been encoded yet. */
  protected get pending(): number {
    return this.#pending.length
  }

  /** True if something waits to be written. */
  get isWaiting(): boolean {
    return this.#pending !== ''
  }

  /** Takes text, which reaches the disk with `write()` or `close()`. */
  add(text: string): void {
    this.#pending += text
    this.options.gathered.total += text.length
  }

  /** Writes what was taken. */
  abstract write(): Promise<void>
  /** Writes the rest and closes; with `sync` the file is then synced to the disk. */
  abstract close(sync: boolean): Promise<void>
  /** Gives up; the files are removed by the store that named them. */
  abstract destroy(): void

  /** Takes out the text that waits. */
  protected take(): string {
    const text = this.#pending
    this.#pending = ''
    this.options.gathered.total -= text.length
    return text
  }

  protected count(bytes: Buffer): void {
    this.crc?.update(bytes)
    this.size += bytes.length
    this.options.onBytes(bytes.length)
  }
}

/** Creates a file synchronously: a cleanup of all temporary files then either removes it too, or prevents its creation. */
export function createFile(path: string, mode: number | undefined): void {
  closeSync(openSync(path, 'wx', mode))
}

/** Opens an existing file for appending. */
export function openFile(path: string): Promise<FileHandle> {
  return open(path, constants.O_WRONLY | constants.O_APPEND)
}
