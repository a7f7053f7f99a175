import {SluiceError, show} from '../../errors/index.ts'
import type {FinishedShard} from '../system/shard-store.ts'
import type {FileWriteSettings} from './write-options.ts'

/** The most bytes in one part of a name on local disks, and in a whole name on Cloud Storage. */
const LONGEST_PART = 255
const LONGEST_NAME = 1024

/**
 * The prefix of the names of a destination's files, relative to the folder of all destinations.
 *
 * `/` makes folders. Characters that names cannot contain, or that another system takes for `/`, are percent-encoded. A
 * name that leads out of the folder, is empty or too long fails with ERR_SLUICE_SINK.
 */
export function destinationPrefix(
  {root, suffix, template, gcs}: FileWriteSettings,
  given: unknown,
  row: unknown,
): string {
  const bad = (what: string) =>
    new SluiceError('ERR_SLUICE_SINK', `the destination of ${show(row)} is ${show(given)}; ${what}`, {element: row})
  if (typeof given !== 'string' || given === '')
    throw bad("`destination` must give a name, such as 'country=NL/orders'")
  const name = given.replace(/[\p{Cc}\\\u2028\u2029]/gu, char => encodeURIComponent(char))
  if (/\p{Cs}/u.test(name)) throw bad('half a surrogate pair is not a character')
  const parts = name.split('/')
  if (parts.some(part => part === '' || part === '.' || part === '..'))
    throw bad(
      "names of folders and files cannot be empty, '.' or '..'; encodeURIComponent() turns any text into one name",
    )
  // the number of a shard may have more digits than the template
  const room = Buffer.byteLength(template + suffix) + 10
  if (!gcs && parts.some((part, i) => Buffer.byteLength(part) + (i === parts.length - 1 ? room : 0) > LONGEST_PART))
    throw bad(`a part of a name has at most ${LONGEST_PART} bytes, with shard number and suffix`)
  if (gcs && Buffer.byteLength(root + name) + room > LONGEST_NAME)
    throw bad(`the name of an object has at most ${LONGEST_NAME} bytes`)
  return root + name
}

/** Throws if two files have one name, as shard 11 of destination `a` and shard 1 of `a1` with the template `'S'`. */
export function checkNames(shards: readonly FinishedShard[]): void {
  const names = new Set<string>()
  for (const {path} of shards) {
    if (names.has(path))
      throw new SluiceError(
        'ERR_SLUICE_SINK',
        `shards of two destinations are both called ${path}; let the \`shardNameTemplate\` begin with something other than a number`,
      )
    names.add(path)
  }
}
