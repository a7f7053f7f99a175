import {lstatSync, mkdirSync, renameSync, rmdirSync, type Stats, unlinkSync} from 'node:fs'
import {readdir} from 'node:fs/promises'
import {join} from 'node:path'
import {ApiError} from '../../service/api-error.ts'
import {compareNames} from './names.ts'
import {SELF, toLiteralPath, toName, toPath} from './object-paths.ts'

/** An object's file. */
export interface Found {
  readonly name: string
  readonly file: string
}

/**
 * The files of one bucket. Symbolic links are never followed, neither to read nor to write: a link in the folder could
 * lead anywhere.
 */
export class BucketFolder {
  readonly root: string

  constructor(root: string) {
    this.root = root
  }

  /** All objects whose names start with `prefix`, ordered by UTF-8 bytes. */
  async list(prefix = ''): Promise<Found[]> {
    const found = new Map<string, Found>()
    await this.#walk([], prefix, found)
    return [...found.values()].sort((a, b) => compareNames(a.name, b.name))
  }

  /** The file of an object, if there is one. */
  find(name: string): Found | undefined {
    for (const path of [toPath(name), toLiteralPath(name)]) {
      if (!path) continue
      const kind = this.#kind(path)
      if (kind === 'file') return {name, file: join(this.root, ...path)}
      if (kind === 'folder' && this.#kind([...path, SELF]) === 'file')
        return {name, file: join(this.root, ...path, SELF)}
    }
    return undefined
  }

  /** Moves a finished file to where an object of this name belongs, over `old`, its file if there is one. */
  place(draft: string, name: string, old: string | undefined): void {
    renameSync(draft, old ?? this.#makeRoom(toPath(name)))
  }

  /** Removes an object's file, and the folders that only it needed. */
  remove({file}: Found): void {
    unlinkSync(file)
    for (let folder = join(file, '..'); folder !== this.root; folder = join(folder, '..')) {
      try {
        rmdirSync(folder)
      } catch {
        return
      }
    }
  }

  async #walk(path: string[], prefix: string, into: Map<string, Found>): Promise<void> {
    const entries = await readdir(join(this.root, ...path), {withFileTypes: true}).catch(() => [])
    for (const entry of entries) {
      const here = [...path, entry.name]
      if (entry.isFile()) {
        const name = toName(here)
        if (name.startsWith(prefix) && !into.has(name)) into.set(name, {name, file: join(this.root, ...here)})
      } else if (entry.isDirectory()) {
        // A folder ending in `%more` is half a name; the prefix may end within it.
        const start = entry.name.endsWith('%more') ? '' : `${toName(here)}/`
        if (start.startsWith(prefix) || prefix.startsWith(start)) await this.#walk(here, prefix, into)
      }
    }
  }

  #kind(path: readonly string[]): 'file' | 'folder' | undefined {
    let here = this.root
    for (const [at, step] of path.entries()) {
      here = join(here, step)
      const stats = statsOf(here)
      if (stats?.isFile() && at === path.length - 1) return 'file'
      if (!stats?.isDirectory()) return undefined
    }
    return 'folder'
  }

  /** Makes the folders that a path needs; an object that lies where a folder must be moves into it as `%self`. */
  #makeRoom(path: readonly string[]): string {
    let here = this.root
    for (const step of path.slice(0, -1)) {
      here = join(here, step)
      const stats = statsOf(here)
      if (stats?.isDirectory()) continue
      if (stats && !stats.isFile()) throw outside(here)
      if (stats) renameSync(here, `${here}%moving`)
      mkdirSync(here)
      if (stats) renameSync(`${here}%moving`, join(here, SELF))
    }
    const file = join(here, path.at(-1)!)
    const stats = statsOf(file)
    if (stats?.isDirectory()) return join(file, SELF)
    if (stats && !stats.isFile()) throw outside(file)
    return file
  }
}

function statsOf(file: string): Stats | undefined {
  try {
    return lstatSync(file, {throwIfNoEntry: false})
  } catch (error) {
    if (['ENOTDIR', 'ENAMETOOLONG'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

function outside(file: string): ApiError {
  return new ApiError(
    400,
    'invalid',
    `local emulator: ${file} is not an ordinary file or folder, and links are not followed`,
  )
}
