import {
  type BigIntStats,
  close,
  createReadStream,
  fstat,
  type Mode,
  type OpenMode,
  open,
  type PathLike,
  read,
} from 'node:fs'
import {access, constants, readdir, realpath, stat} from 'node:fs/promises'
import {dirname, join, resolve} from 'node:path'
import {DEFAULTS} from '../../core/index.ts'
import {messageOf, SluiceError} from '../../errors/index.ts'
import type {FileInfo, FileSystem, OpenOptions} from '../system/file-system.ts'
import {globOf, isGlob, sortByName, splitGlob, unescapeGlob} from '../system/glob.ts'
import {walkGlob} from './local-glob.ts'

/** Concurrent `stat` calls. */
const STATS_AT_ONCE = 64

/** Files on the local disk. */
export const localFiles: FileSystem = {
  async match(pattern, signal) {
    if (!isGlob(pattern)) return [(await lookUp(pattern, unescapeGlob(pattern)))!]
    const {folder, rest} = splitGlob(pattern)
    await checkFolder(pattern, folder)
    const names = await globNames(folder, rest, signal)
    if (names.length === 0) throw await nothingMatches(pattern, folder)
    const files: FileInfo[] = []
    for (let at = 0; at < names.length; at += STATS_AT_ONCE) {
      signal?.throwIfAborted()
      const paths = names.slice(at, at + STATS_AT_ONCE).map(name => (folder ? join(folder, name) : name))
      for (const file of await Promise.all(paths.map(path => lookUp(pattern, path, true)))) if (file) files.push(file)
    }
    if (files.length === 0) throw await nothingMatches(pattern, folder)
    return sortByName(files)
  },

  async *open(file: FileInfo, options: OpenOptions = {}) {
    const {start = 0, signal} = options
    signal?.throwIfAborted()
    let at = start
    try {
      const settings = {highWaterMark: DEFAULTS.bundleBytes, ...(start > 0 && {start}), ...(signal && {signal})}
      const stream = createReadStream(
        file.path,
        file.pipe ? settings : {...settings, fs: {open: openOf(file), read, close}},
      )
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        at += chunk.length
        yield chunk
      }
    } catch (cause) {
      signal?.throwIfAborted()
      if (cause instanceof SluiceError) throw cause
      if (isRefused(cause)) throw refused(file.path, cause)
      throw new SluiceError('ERR_SLUICE_READ', `${file.path} could not be read to its end: ${messageOf(cause)}`, {
        cause,
      })
    }
    if (!file.pipe && at < file.size)
      throw changed(file, `it ended after ${at} bytes but had ${file.size} when it was matched: it was truncated`)
  },
}

/** Opens a regular file only if it is still the one that was matched; it may have grown, as logs do. */
function openOf(file: FileInfo): typeof open {
  const openMatched = (path: PathLike, flags: OpenMode, mode: Mode, done: (error: Error | null, fd: number) => void) =>
    open(path, flags, mode, (error, fd) => {
      if (error) return done(error, fd)
      fstat(fd, {bigint: true}, (error, found) => {
        const wrong = error ?? difference(file, found)
        if (wrong) close(fd, () => done(wrong, fd))
        else done(null, fd)
      })
    })
  return openMatched as typeof open
}

function difference(file: FileInfo, {ino, size}: BigIntStats): SluiceError | null {
  if (file.inode !== undefined && String(ino) !== file.inode)
    return changed(file, 'another file has taken its place since it was matched')
  if (size < file.size)
    return changed(file, `it has ${size} bytes but had ${file.size} when it was matched: it was truncated`)
  return null
}

function changed(file: FileInfo, how: string): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_READ',
    `${file.path} changed before it was read: ${how}. Run again when nothing writes to it any more, or have its ` +
      'writer create new files under new names',
  )
}

/** The files below a folder that match a pattern. */
async function globNames(folder: string, rest: string, signal: AbortSignal | undefined): Promise<string[]> {
  const glob = globOf(rest.replace(/(?<=^|\/)(?:\.?\/)+/g, ''))
  const closed = (path: string, cause: unknown) =>
    isRefused(cause)
      ? refused(resolve(path), cause)
      : new SluiceError('ERR_SLUICE_READ', `${resolve(path)} could not be listed: ${messageOf(cause)}`, {cause})
  const base = await realpath(folder || '.')
  const found = new Map<string, string>()
  for await (const {name, real} of walkGlob(folder, glob, closed, signal)) {
    // `**` follows links to folders, even to a folder that is searched anyway: yield each file once
    const key = rest.includes('**') ? real : name
    const known = found.get(key)
    if (known === undefined || real === join(base, name) || (known > name && key !== join(base, known)))
      found.set(key, name)
  }
  return [...found.values()]
}

/** `a/b/` of `a/b/c`; empty for a bare name. */
function folderOf(prefix: string): string {
  return prefix.slice(0, prefix.lastIndexOf('/') + 1)
}

/** @param listed it was there a moment ago: returns undefined if it has gone since, as temporary files do */
async function lookUp(pattern: string, path: string, listed = false): Promise<FileInfo | undefined> {
  try {
    const found = await stat(path, {bigint: true})
    if (found.isDirectory())
      throw new SluiceError(
        'ERR_SLUICE_NO_MATCH',
        `${path} is a folder; to read the files in it give '${join(path, '*')}'`,
      )
    const info = {path, size: Number(found.size), generation: String(found.mtimeNs)}
    return found.isFile() ? {...info, inode: String(found.ino)} : {...info, pipe: true}
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause
    if (isRefused(cause)) throw refused(path, cause)
    if (!isMissing(cause)) throw new SluiceError('ERR_SLUICE_READ', `${path}: ${messageOf(cause)}`, {cause})
    if (listed) return undefined
    await checkFolder(pattern, folderOf(path))
    throw await nothingMatches(pattern, folderOf(path))
  }
}

/** Fails with the reason if the folder to be searched for a pattern is missing or cannot be read. */
async function checkFolder(pattern: string, folder: string): Promise<void> {
  const path = resolve(folder || '.')
  try {
    await access(path, constants.R_OK | constants.X_OK)
  } catch (cause) {
    if (isRefused(cause)) throw refused(path, cause)
    throw new SluiceError(
      'ERR_SLUICE_NO_MATCH',
      `No file matches '${pattern}': the folder ${path} does not exist${await nearest(path)}`,
      {cause},
    )
  }
}

async function nothingMatches(pattern: string, folder: string): Promise<SluiceError> {
  const path = resolve(folder || '.')
  const names = await readdir(path).catch(() => [])
  const some = names.slice(0, 5).join(', ')
  const seen =
    names.length === 0 ? 'is empty' : `holds ${names.length} entries (${some}${names.length > 5 ? ', …' : ''})`
  const hint = isGlob(pattern)
    ? "'*' does not cross '/', '**' does; put a backslash before a glob character that is part of a name"
    : 'check the name'
  return new SluiceError(
    'ERR_SLUICE_NO_MATCH',
    `No file matches '${pattern}': the folder ${path} ${seen}. Fix: ${hint}`,
  )
}

/** The nearest existing parent folder, for the error message. */
async function nearest(path: string): Promise<string> {
  for (let up = dirname(path); ; up = dirname(up)) {
    const exists = await access(up).then(
      () => true,
      () => false,
    )
    if (exists) return ` (${up} does). Relative paths start at ${process.cwd()}`
    if (up === dirname(up)) return ''
  }
}

const codeOf = (error: unknown) => (error as {code?: unknown} | null)?.code
const isMissing = (error: unknown) => codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'
const isRefused = (error: unknown) => codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM'

function refused(path: string, cause: unknown): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_PERMISSION',
    `The operating system refuses to read ${path}: ${messageOf(cause)}. Give the user that runs the job read permission`,
    {cause},
  )
}
