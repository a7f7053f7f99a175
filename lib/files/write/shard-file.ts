import {closeSync, constants, openSync} from 'node:fs'
import {type FileHandle, open} from 'node:fs/promises'
import type {Crc32c} from '../../util/index.ts'
import type {Compressor} from '../codecs/write-compression.ts'

/** Characters that are gathered before they are written, over all shards of a destination. */
export const GATHER = 256 * 1024
/** Characters of which bytes are made at once: of one long rope of texts that takes a tenth more CPU (bench, JSON out). */
export const PIECE = 32 * 1024

/** Characters that wait in memory, over all files of a sink. */
export interface Gathered {
  total: number
}

export interface ShardFileOptions {
  /** Makes the path of a temporary file. */
  readonly temporary: () => string
  /** Its permissions; undefined: what the process gives new files. */
  readonly mode: () => number | undefined
  readonly compressor: Compressor | undefined
  /** Keep a CRC32C of the stored bytes. */
  readonly checksum: boolean
  /** Characters that are gathered before they are written. */
  readonly gather: number
  readonly gathered: Gathered
  /** Called with the number of bytes that are stored. */
  readonly onBytes: (count: number) => void
}

/** One shard while it is written, in a temporary file. Text is gathered; the file is made when some is written. */
export abstract class ShardFile {
  /** The temporary file; `close()` may give it another name. */
  path: string
  /** Records so far; kept by who needs it. */
  records = 0
  /** Bytes so far, before compression; kept by who needs it. */
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

  /** True when there is enough to write. */
  get isReady(): boolean {
    return this.pending >= this.options.gather
  }

  /** Characters that were taken and are still text. */
  protected get pending(): number {
    return this.#pending.length
  }

  /** True when something waits to be written. */
  get isWaiting(): boolean {
    return this.#pending !== ''
  }

  /** Takes text; it is not on the disk before `write()` or `close()`. */
  add(text: string): void {
    this.#pending += text
    this.options.gathered.total += text.length
  }

  /** Writes what was taken. */
  abstract write(): Promise<void>
  /** Writes the rest and closes; with `sync`, it is on the disk then. */
  abstract close(sync: boolean): Promise<void>
  /** Gives up; files are removed by who named them. */
  abstract destroy(): void

  /** What was taken, which is on its way now. */
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

/** Makes a file at once: who removes all temporary files at some moment has removed it too, or it is not made any more. */
export function createFile(path: string, mode: number | undefined): void {
  closeSync(openSync(path, 'wx', mode))
}

/** Opens a file that is there, to write at its end. */
export function openFile(path: string): Promise<FileHandle> {
  return open(path, constants.O_WRONLY | constants.O_APPEND)
}
