import type {Dirent} from 'node:fs'
import {lstat, readdir, realpath, stat} from 'node:fs/promises'
import {join} from 'node:path'
import {SluiceError} from '../../errors/index.ts'
import type {Glob, GlobPosition} from '../../util/index.ts'

/** A folder that is being searched. */
interface Folder {
  /** The path relative to the folder where the search began, with a trailing `/`; empty for that folder. */
  readonly name: string
  /** The path with links resolved. */
  readonly real: string
  readonly parent: Folder | undefined
  readonly position: GlobPosition
}

/**
 * The matching names below a folder, in no particular order. A folder is listed only if a name in it can match. Links to
 * folders are followed, but not back to a folder that is being searched.
 *
 * @param refused makes the error for a folder that cannot be listed, so that its files are not silently missing
 */
export async function* walkGlob(
  folder: string,
  glob: Glob,
  refused: (path: string, cause: unknown) => unknown,
  signal: AbortSignal | undefined,
): AsyncGenerator<{name: string; real: string}> {
  const top = folder || '.'
  const pending: Folder[] = [{name: '', real: await realpath(top), parent: undefined, position: glob.start}]
  for (let here = pending.pop(); here; here = pending.pop()) {
    signal?.throwIfAborted()
    for (const entry of await list(join(top, here.name), refused)) {
      const name = here.name + entry.name
      const position = glob.advance(here.position, entry.name)
      if (position.nodes.length === 0) continue
      const inside = glob.advance(position, '/')
      const isMatch = glob.isMatch(position)
      if (!isMatch && inside.nodes.length === 0) continue
      if (entry.name.includes('\ufffd')) await checkName(join(top, name))
      const kind = await kindOf(join(top, name), entry)
      if (kind === 'file' && isMatch) yield {name, real: join(here.real, entry.name)}
      if (kind !== 'folder' || inside.nodes.length === 0) continue
      const real = entry.isSymbolicLink() ? await realpath(join(top, name)) : join(here.real, entry.name)
      if (!entry.isSymbolicLink() || !isWithin(here, real))
        pending.push({name: `${name}/`, real, parent: here, position: inside})
    }
  }
}

async function list(path: string, refused: (path: string, cause: unknown) => unknown): Promise<Dirent[]> {
  try {
    return await readdir(path, {withFileTypes: true})
  } catch (cause) {
    // removed since its parent was listed
    if ((cause as {code?: unknown}).code === 'ENOENT') return []
    throw refused(path, cause)
  }
}

/** Fails for a name whose bytes are not UTF-8: Node cannot open the file under the name it reports. */
async function checkName(path: string): Promise<void> {
  try {
    await lstat(path)
  } catch (cause) {
    if ((cause as {code?: unknown}).code !== 'ENOENT') return
    throw new SluiceError(
      'ERR_SLUICE_READ',
      `${path} cannot be read: its name is not UTF-8. Rename it, or give a pattern that excludes it`,
      {cause},
    )
  }
}

/** A pattern never matches pipes or devices. */
async function kindOf(path: string, entry: Dirent): Promise<'file' | 'folder' | 'other'> {
  if (!entry.isSymbolicLink()) return entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : 'other'
  try {
    const found = await stat(path)
    return found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other'
  } catch (cause) {
    throw new SluiceError(
      'ERR_SLUICE_READ',
      `${path} is a link to a file that does not exist. Repair or remove the link, or give a pattern that excludes it`,
      {cause},
    )
  }
}

function isWithin(folder: Folder, real: string): boolean {
  for (let at: Folder | undefined = folder; at; at = at.parent) if (at.real === real) return true
  return false
}
