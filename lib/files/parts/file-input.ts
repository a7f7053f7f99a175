import {canonicalPath} from '../match/match-files.ts'
import type {FileInfo} from '../system/file-system.ts'
import type {StoredBytes} from '../system/stored-bytes.ts'
import type {PartReader} from './part-reader.ts'

/** One file that is being read. */
export interface FileInput {
  readonly file: FileInfo
  /** The prefix of its elements' ids. */
  readonly prefix: string
  /** Its bytes, decompressed. */
  readonly content: AsyncIterable<Buffer>
  readonly stored: StoredBytes
  /** When a part of the file is read: must be called with the record reader before `content` is read. */
  readonly follow?: ((reader: PartReader) => void) | undefined
}

/** The prefix of the ids of a file's elements: the same for the same content in every run, another once it has changed. */
export function idPrefix({path, generation, stream}: FileInfo): string {
  return `${stream ? path : canonicalPath(path)}#${generation}`
}
