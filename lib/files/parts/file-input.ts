import {canonicalPath} from '../match/match-files.ts'
import type {FileInfo} from '../system/file-system.ts'
import type {StoredBytes} from '../system/stored-bytes.ts'
import type {PartReader} from './part-reader.ts'

/** One file that is being read. */
export interface FileInput {
  readonly file: FileInfo
  /** The prefix of its elements' ids. */
  readonly prefix: string
  /** Its bytes, unzipped. */
  readonly content: AsyncIterable<Buffer>
  readonly stored: StoredBytes
  /** Of a part of the file: to be told, before `content` is read, what makes records of it. */
  readonly follow?: ((reader: PartReader) => void) | undefined
}

/** What the ids of a file's elements share: the same for the same content in every run, another once it has changed. */
export function idPrefix({path, generation, stream}: FileInfo): string {
  return `${stream ? path : canonicalPath(path)}#${generation}`
}
