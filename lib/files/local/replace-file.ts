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

/** Permission bits of a file; its replacement gets the same. */
const PERMISSIONS = 0o777

/**
 * Checks that a file can be replaced; returns its permissions.
 *
 * @throws {SluiceError} `ERR_SLUICE_WRITE` for what is not a regular file and would be lost, and the system's error for a
 * file that is not writable
 */
export function checkReplaceable(path: string): number {
  const found = statOf(path)
  if (!found.isFile()) throw notAFile(path, found)
  // a rename needs only the folder's permission, and would replace a read-only file
  accessSync(path, constants.W_OK)
  return found.mode & PERMISSIONS
}

/**
 * Replaces a file by another, atomically. The new file gets the permissions of the old one, and its owner and group where
 * the system allows it. If the old one is a link, its target is replaced.
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
    // the target of the link is on another disk
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
      `${path} is a link to a file that does not exist. Remove it, or give the path it should point to`,
      {cause},
    )
  }
}

/** Only root may change an owner; members of a group may set the group. */
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
    `${path} is ${kind}; files are written completely or not at all, which only a regular file allows. Give the name of a regular file${fix}`,
  )
}
