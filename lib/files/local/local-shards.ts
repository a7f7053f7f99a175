import {closeSync, fsyncSync, linkSync, mkdirSync, openSync, readdirSync, renameSync, rmdirSync, rmSync} from 'node:fs'
import {basename, dirname, resolve} from 'node:path'
import {messageOf, SluiceError} from '../../errors/index.ts'
import {existsError} from '../system/exists-error.ts'
import type {FileInfo} from '../system/file-system.ts'
import type {ShardNames} from '../system/shard-names.ts'
import type {FinishedShard, ShardStore} from '../system/shard-store.ts'
import {removeLeftBehind, temporaryMark} from '../system/temporary-names.ts'
import {checkReplaceable, replaceFile} from './replace-file.ts'

/** Folders synced before other work gets its turn. */
const FOLDERS_AT_ONCE = 16

/** Shards on the local disk: written next to their final names, under names that begin with a dot, then renamed. */
export class LocalShards implements ShardStore {
  /** The folder that must exist, as the user wrote it; temporary files are in it. */
  readonly #folder: string
  readonly #label: string
  readonly #temporaries: string[] = []
  #listings = new Map<string, string[]>()
  #mode: number | undefined

  /** @param root the prefix of all paths: a folder with a trailing `/`, or more than that */
  constructor(root: string) {
    this.#folder = root.slice(0, root.lastIndexOf('/') + 1)
    // a name has at most 255 bytes
    const label = basename(root).slice(0, 40)
    this.#label = `.${label}-${temporaryMark()}`
    removeLeftBehind(this.#folder || '.')
  }

  async existing(names: ShardNames): Promise<FileInfo[]> {
    const folder = names.prefix.slice(0, names.prefix.lastIndexOf('/') + 1)
    const found = this.#list(folder, names.prefix)
    const start = names.prefix.slice(folder.length)
    const paths: string[] = []
    for (let i = firstFrom(found, start); found[i]?.startsWith(start); i++) {
      const path = folder + found[i]
      if (names.isShard(path)) paths.push(path)
    }
    for (const path of paths) {
      try {
        this.#mode = (this.#mode ?? 0o777) & checkReplaceable(path)
      } catch (cause) {
        throw localWriteError(path, cause)
      }
    }
    return paths.map(path => ({path, size: 0}))
  }

  forget(): void {
    this.#listings.clear()
  }

  /** The names in a folder, sorted; read once for all destinations. */
  #list(folder: string, prefix: string): string[] {
    const known = this.#listings.get(folder)
    if (known) return known
    let found: string[] = []
    try {
      found = readdirSync(folder || '.').sort()
    } catch (cause) {
      // folders of destinations are created at the end
      if (folder === this.#folder || codeOf(cause) !== 'ENOENT') throw localWriteError(prefix, cause)
    }
    this.#listings.set(folder, found)
    return found
  }

  /** While a file is being written it must not be more readable than the file it will replace. */
  get mode(): number | undefined {
    return this.#mode
  }

  temporary(): string {
    const path = `${this.#folder}${this.#label}-${this.#temporaries.length}.tmp`
    this.#temporaries.push(path)
    return path
  }

  /**
   * Synchronous, so that nothing but the disk can stop it half way. Other work gets a turn only while many folders are
   * being synced.
   */
  async publish(shards: readonly FinishedShard[], old: readonly FileInfo[], signal: AbortSignal): Promise<void> {
    const replaced = new Set(old.map(({path}) => path))
    const made: string[] = []
    const madeFolders: string[] = []
    let current = this.#folder
    try {
      for (const folder of new Set(shards.map(({path}) => dirname(path)))) {
        current = folder
        const first = mkdirSync(folder, {recursive: true})
        if (first !== undefined) madeFolders.push(...between(first, folder))
      }
      for (const {local, path} of shards) {
        current = path
        if (replaced.has(path)) replaceFile(local, path)
        else {
          moveToFree(local, path)
          made.push(path)
        }
      }
      await syncFolders([...shards.map(({path}) => path), ...madeFolders], signal)
    } catch (cause) {
      for (const path of made) rmSync(path, {force: true})
      for (const folder of madeFolders.reverse()) removeEmpty(folder)
      signal.throwIfAborted()
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

/** The index of the first of the sorted names that is not less than `start`. */
function firstFrom(sorted: readonly string[], start: string): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! < start) low = middle + 1
    else high = middle
  }
  return low
}

/** The folders from `first` down to `last`, outermost first. */
function between(first: string, last: string): string[] {
  const folders: string[] = []
  const top = resolve(first)
  for (let folder = resolve(last); folder.length >= top.length; folder = dirname(folder)) folders.unshift(folder)
  return folders
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // something else has been put there
  }
}

/**
 * Gives a file another name, which must be free: a rename alone does not ensure that. The first name is removed in cleanUp.
 */
function moveToFree(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch (error) {
    if (!WITHOUT_LINKS.has(String(codeOf(error)))) throw error
    // a file system without hard links: claim the name first
    closeSync(openSync(to, 'wx'))
    renameSync(from, to)
  }
}

const WITHOUT_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

/** Makes new names survive a loss of power. */
async function syncFolders(names: readonly string[], signal: AbortSignal): Promise<void> {
  let synced = 0
  for (const folder of new Set(names.map(name => dirname(resolve(name))))) {
    syncFolder(folder)
    if (++synced % FOLDERS_AT_ONCE > 0) continue
    await new Promise(setImmediate)
    signal.throwIfAborted()
  }
}

/** Syncs a folder where the system supports it. */
function syncFolder(folder: string): void {
  try {
    const handle = openSync(folder, 'r')
    try {
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
  } catch {
    // not every system can open folders
  }
}

const codeOf = (error: unknown) => (error as {code?: unknown} | null)?.code

/** The error for a file that cannot be written to the local disk. */
export function localWriteError(path: string, cause: unknown): SluiceError {
  if (cause instanceof SluiceError) return cause
  const code = codeOf(cause)
  if (code === 'EEXIST') return existsError([path], cause)
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new SluiceError(
      'ERR_SLUICE_NOT_FOUND',
      `The folder of ${path} does not exist: create it first, or give another path. Relative paths start at ${process.cwd()}`,
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
