import {fstatSync, lstatSync, readlinkSync, realpathSync, statSync} from 'node:fs'
import {basename, dirname, join, resolve} from 'node:path'
import {fileURLToPath} from 'node:url'
import {isGcs} from '../../files/index.ts'
import {UsageError} from '../report/exit.ts'
import {isRejectsFile, reasonsFile} from './rejects/reject-names.ts'

/** What a command reads and writes, as given by the user. */
interface PipePaths {
  /** Without standard input. */
  readonly input: readonly string[]
  readonly stdin: boolean
  readonly to: string | undefined
  /** Records go to standard output. */
  readonly stdout: boolean
  readonly rejects: string | undefined
}

/** Throws a {@link UsageError} if two paths name one file that would be overwritten, or read while it grows. */
export function checkPaths({input, stdin, to, stdout, rejects}: PipePaths): void {
  if (to !== undefined && rejects !== undefined && !isGcs(to)) checkRejectsApart(to, rejects)
  if (rejects !== undefined) {
    const real = realName(rejects)
    for (const path of input) {
      if (isGcs(path)) continue
      if (realName(path) === real || isSameFile(path, rejects))
        throw new UsageError(`--rejects: ${rejects} is also an input file (${path}); give another name`)
    }
  }
  const written = stdout ? regularFile(1) : undefined
  if (!written) return
  const read = stdin ? regularFile(0) : undefined
  if (read && read === written) throw sameAsOutput('standard input')
  for (const path of input) if (!isGcs(path) && fileId(path) === written) throw sameAsOutput(path)
}

function checkRejectsApart(to: string, rejects: string): void {
  const target = realName(to)
  const real = realName(rejects)
  const folder = dirname(real)
  const isFamily = dirname(target) === folder && isRejectsFile(real, basename(target))
  if (target !== real && target !== reasonsFile(real) && !isFamily && !isSameFile(to, rejects)) return
  const what =
    target === real || isSameFile(to, rejects) ? 'are the same file' : 'would clash with the files of --rejects'
  throw new UsageError(`--to ${to} and --rejects ${rejects} ${what}; give another name`)
}

/** `>` has already emptied the file; with `>>` the command would read its own output endlessly. */
function sameAsOutput(path: string): UsageError {
  return new UsageError(
    `${path} is also standard output, so it would be read while being written; use --to FILE --overwrite`,
  )
}

/** The real path after all links are followed. The file need not exist. */
function realName(given: string): string {
  let path = resolve(given.startsWith('file://') ? fileURLToPath(given) : given)
  // a dangling link has a target too; more hops than this are a circle
  for (let hops = 0; hops < 40; hops++) {
    const folder = orUndefined(() => realpathSync(dirname(path))) ?? dirname(path)
    path = join(folder, basename(path))
    const link = orUndefined(() => (lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined))
    if (link === undefined) break
    path = resolve(folder, link)
  }
  return path
}

function isSameFile(a: string, b: string): boolean {
  const id = fileId(a)
  return id !== undefined && id === fileId(b)
}

/** Device and inode: shared by hard links. */
function fileId(path: string): string | undefined {
  return orUndefined(() => {
    const {dev, ino} = statSync(path, {bigint: true})
    return `${dev}:${ino}`
  })
}

function regularFile(fd: number): string | undefined {
  return orUndefined(() => {
    const found = fstatSync(fd, {bigint: true})
    return found.isFile() ? `${found.dev}:${found.ino}` : undefined
  })
}

function orUndefined<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    // missing, or not accessible
    return undefined
  }
}
