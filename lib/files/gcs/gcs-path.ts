import type {Resource} from '../../core/index.ts'
import {SluiceError} from '../../errors/index.ts'

/** The two parts of a `gs://` path; the name may be a pattern. */
export interface GcsPath {
  readonly bucket: string
  readonly name: string
}

/** Parses `gs://bucket/name`; the error for a path without a name says what to write. */
export function parseGcsPath(path: string): GcsPath {
  const match = /^gs:\/\/([^/]+)\/(.+)$/s.exec(path)
  if (match) return {bucket: match[1]!, name: match[2]!}
  const bucket = /^gs:\/\/([^/]+)\/?$/.exec(path)?.[1]
  const fix = bucket
    ? `to read every object of the bucket give 'gs://${bucket}/**'`
    : "write 'gs://BUCKET/OBJECT', for example 'gs://my-bucket/orders/*.csv'"
  throw new SluiceError('ERR_SLUICE_OPTION', `'${path}' names no object: ${fix}`)
}

/** The buckets in paths, patterns or prefixes of names. */
export function bucketsOf(paths: readonly string[]): Resource[] {
  const names = paths.flatMap(path => /^gs:\/\/([^/*?[\]{}]+)(?:\/|$)/.exec(path)?.[1] ?? [])
  return [...new Set(names)].map(name => ({kind: 'bucket', name}))
}

/** The path of an object. */
export function gcsPath({bucket, name}: GcsPath): string {
  return `gs://${bucket}/${name}`
}
