import {randomUUID} from 'node:crypto'
import {closeSync, fsyncSync, linkSync, openSync, readdirSync, renameSync, rmSync} from 'node:fs'
import {basename, dirname, join, resolve} from 'node:path'
import {messageOf, SluiceError} from '../errors/index.ts'
import type {FileInfo} from './file-system.ts'
import {existsError} from './gcs-write-errors.ts'
import type {ShardNames} from './shard-names.ts'
import type {FinishedShard, ShardStore} from './shard-store.ts'

/** Shards on the local disk: written beside their final names, under names that begin with a dot, and renamed. */
export class LocalShards implements ShardStore {
  readonly sync = true
  readonly checksum = false
  readonly #names: ShardNames
  /** What all paths begin with, as the user wrote it. */
  readonly #folder: string
  readonly #run = randomUUID()
  readonly #temporaries: string[] = []

  constructor(names: ShardNames) {
    this.#names = names
    this.#folder = names.prefix.slice(0, names.prefix.length - basename(names.prefix).length)
  }

  async existing(): Promise<FileInfo[]> {
    const folder = resolve(this.#folder || '.')
    let found: string[]
    try {
      found = readdirSync(folder)
    } catch (cause) {
      throw localWriteError(folder, cause)
    }
    const paths = found.map(name => this.#folder + name).filter(path => this.#names.isShard(path))
    return paths.sort().map(path => ({path, size: 0}))
  }

  temporary(): string {
    const name = `.${basename(this.#names.prefix)}-${this.#run}-${this.#temporaries.length}.tmp`
    const path = join(this.#folder || '.', name)
    this.#temporaries.push(path)
    return path
  }

  /** In one go, without waiting in between: nothing can stop it half way but the disk. */
  async publish(shards: readonly FinishedShard[], old: readonly FileInfo[]): Promise<void> {
    const replaced = new Set(old.map(({path}) => path))
    const made: string[] = []
    let current = this.#folder
    try {
      for (const {local, path} of shards) {
        current = path
        if (replaced.has(path)) renameSync(local, path)
        else {
          moveToFree(local, path)
          made.push(path)
        }
      }
      syncFolder(dirname(resolve(shards[0]!.path)))
    } catch (cause) {
      for (const path of made) rmSync(path, {force: true})
      throw localWriteError(current, cause)
    }
  }

  async remove(old: readonly FileInfo[]): Promise<void> {
    for (const {path} of old) {
      try {
        rmSync(path, {force: true})
      } catch (cause) {
        throw localWriteError(path, cause)
      }
    }
  }

  cleanUp(): void {
    for (const path of this.#temporaries.splice(0)) rmSync(path, {force: true})
  }
}

/** Gives a file another name, which must be free: a rename alone does not see to that. The first name goes with the rest. */
function moveToFree(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch (error) {
    if (!WITHOUT_LINKS.has(String(codeOf(error)))) throw error
    // a file system without hard links: the name is taken first
    closeSync(openSync(to, 'wx'))
    renameSync(from, to)
  }
}

const WITHOUT_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

/** Makes new names outlast a loss of power, where the system can. */
function syncFolder(folder: string): void {
  try {
    const handle = openSync(folder, 'r')
    try {
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
  } catch {
    // not every system opens folders
  }
}

const codeOf = (error: unknown) => (error as {code?: unknown} | null)?.code

/** The error for a file that the local disk does not take. */
export function localWriteError(path: string, cause: unknown): SluiceError {
  if (cause instanceof SluiceError) return cause
  const code = codeOf(cause)
  if (code === 'EEXIST') return existsError([path], cause)
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new SluiceError(
      'ERR_SLUICE_NOT_FOUND',
      `The folder of ${path} does not exist: make it first, or give another path. Relative paths start at ${process.cwd()}`,
      {cause},
    )
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new SluiceError(
      'ERR_SLUICE_PERMISSION',
      `The operating system refuses to write ${path}: ${messageOf(cause)}. Give the user that runs the job write permission`,
      {cause},
    )
  return new SluiceError('ERR_SLUICE_WRITE', `${path} could not be written: ${messageOf(cause)}`, {cause})
}
