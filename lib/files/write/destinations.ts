import {SluiceError, show} from '../../errors/index.ts'
import type {FinishedShard} from '../system/shard-store.ts'
import type {FileWriteSettings} from './write-options.ts'

/** Bytes that one part of a name may have on local disks, and a whole name on Cloud Storage. */
const LONGEST_PART = 255
const LONGEST_NAME = 1024

/**
 * What the names of a destination's files begin with, below the folder that all are in.
 *
 * `/` makes folders. Characters that names cannot hold, or that another system takes for `/`, are percent-encoded. What
 * would lead out of the folder is ERR_SLUICE_SINK, as are names that are empty or too long.
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
  if (/\p{Cs}/u.test(name)) throw bad('half a surrogate pair is no character')
  const parts = name.split('/')
  if (parts.some(part => part === '' || part === '.' || part === '..'))
    throw bad(
      "names of folders and files cannot be empty, '.' or '..'; encodeURIComponent() makes one name of any text",
    )
  // a number of many shards may have more digits than the template
  const room = Buffer.byteLength(template + suffix) + 10
  if (!gcs && parts.some((part, i) => Buffer.byteLength(part) + (i === parts.length - 1 ? room : 0) > LONGEST_PART))
    throw bad(`a part of a name has at most ${LONGEST_PART} bytes, with shard number and suffix`)
  if (gcs && Buffer.byteLength(root + name) + room > LONGEST_NAME)
    throw bad(`the name of an object has at most ${LONGEST_NAME} bytes`)
  return root + name
}

/** Throws when two files have one name: destination `a`, shard 11, and `a1`, shard 1, by the template `'S'`. */
export function checkNames(shards: readonly FinishedShard[]): void {
  const names = new Set<string>()
  for (const {path} of shards) {
    if (names.has(path))
      throw new SluiceError(
        'ERR_SLUICE_SINK',
        `shards of two destinations are both called ${path}; let the \`shardNameTemplate\` begin with something else than a number`,
      )
    names.add(path)
  }
}
