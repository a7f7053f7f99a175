import {
  accessSync,
  chmodSync,
  chownSync,
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs'
import {basename, dirname, join} from 'node:path'
import {SluiceError} from '../../errors/index.ts'

/** Permissions of a file: what a new one in its place gets, too. */
const PERMISSIONS = 0o777

/**
 * Looks at a file that is to be replaced; returns its permissions.
 *
 * @throws {SluiceError} `ERR_SLUICE_WRITE` for what is no regular file, which a file in its place would do away with, and the
 * system's error for a file that may not be written
 */
export function checkReplaceable(path: string): number {
  const found = statOf(path)
  if (!found.isFile()) throw notAFile(path, found)
  // a rename asks for the folder's permission only, and would replace a file that was made read-only
  accessSync(path, constants.W_OK)
  return found.mode & PERMISSIONS
}

/**
 * Puts a file in the place of another, in one step. The new file has the permissions of the old one, and its owner and group
 * where the system allows it; where the old one is a link, the file that it leads to is replaced.
 */
export function replaceFile(from: string, path: string): void {
  const old = statOf(path)
  const target = realpathSync(path)
  keepOwner(from, old)
  chmodSync(from, old.mode & PERMISSIONS)
  try {
    renameSync(from, target)
  } catch (error) {
    if ((error as {code?: unknown}).code !== 'EXDEV') throw error
    // a link to another disk
    const beside = join(dirname(target), `.${basename(from).slice(0, 200)}.tmp`)
    try {
      copyFileSync(from, beside, constants.COPYFILE_EXCL)
      keepOwner(beside, old)
      syncFile(beside)
      renameSync(beside, target)
    } catch (cause) {
      rmSync(beside, {force: true})
      throw cause
    }
    rmSync(from, {force: true})
  }
}

function statOf(path: string): Stats {
  try {
    return statSync(path)
  } catch (cause) {
    if ((cause as {code?: unknown}).code !== 'ENOENT' || !lstatSync(path, {throwIfNoEntry: false})) throw cause
    throw new SluiceError(
      'ERR_SLUICE_WRITE',
      `${path} is a link that leads nowhere. Remove it, or give the path that it should lead to`,
      {cause},
    )
  }
}

/** Only root may give files away; a group may be set by its members. */
function keepOwner(path: string, old: Stats): void {
  const {uid, gid} = statSync(path)
  for (const [user, group] of [
    [uid, old.gid],
    [old.uid, old.gid],
  ] as const) {
    if (user === uid && group === gid) continue
    try {
      chownSync(path, user, group)
    } catch {
      return
    }
  }
}

function syncFile(path: string): void {
  const handle = openSync(path, 'r+')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function notAFile(path: string, found: Stats): SluiceError {
  const kind = found.isDirectory()
    ? 'a folder'
    : found.isFIFO()
      ? 'a named pipe'
      : found.isSocket()
        ? 'a socket'
        : 'a device'
  const fix = found.isDirectory()
    ? ''
    : ', or write to standard output (`writeToStdout()`, in the shell `--to -`) and redirect it there'
  return new SluiceError(
    'ERR_SLUICE_WRITE',
    `${path} is ${kind}, and files are written whole or not at all, which only a regular file can be. Give the name of a regular file${fix}`,
  )
}
