import {fileURLToPath} from 'node:url'
import {SluiceError} from '../../errors/index.ts'
import type {StorageClient} from '../gcs/gcs-client.ts'
import {GcsFiles} from '../gcs/gcs-files.ts'
import {parseGcsPath} from '../gcs/gcs-path.ts'
import type {ReadPolicy} from '../gcs/read-policy.ts'
import {localFiles} from '../local/local-files.ts'
import type {FileInfo, FileSystem, OpenOptions} from '../system/file-system.ts'

/** True for a path on Cloud Storage. */
export function isGcs(path: string): boolean {
  return path.startsWith('gs://')
}

/** Throws for a path or pattern that no file system here supports. */
export function checkPath(path: string): void {
  if (isGcs(path)) {
    parseGcsPath(path)
    return
  }
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(path)?.[1]
  if (scheme === undefined || scheme === 'file') return
  throw new SluiceError(
    'ERR_SLUICE_OPTION',
    `'${path}': ${scheme}:// is not supported; give a local path or gs://BUCKET/OBJECT`,
  )
}

/** The file systems that one connector uses, chosen by the scheme of each path. */
export class Files implements FileSystem {
  readonly #gcs: GcsFiles

  constructor(options: {client?: StorageClient | undefined; policy?: Partial<ReadPolicy>} = {}) {
    this.#gcs = new GcsFiles(options.client, options.policy)
  }

  /** The file system of a path; an unknown scheme is an error. */
  for(path: string): FileSystem {
    checkPath(path)
    return isGcs(path) ? this.#gcs : localFiles
  }

  match(pattern: string, signal?: AbortSignal): Promise<FileInfo[]> {
    const path = pattern.startsWith('file://') ? fileURLToPath(pattern) : pattern
    return this.for(path).match(path, signal)
  }

  open(file: FileInfo, options?: OpenOptions): AsyncIterable<Buffer> {
    return this.for(file.path).open(file, options)
  }
}
