import type {Finding} from '../../core/index.ts'
import {messageOf} from '../../errors/index.ts'
import {formatSize} from '../../util/index.ts'
import {checkBucket} from '../gcs/check-bucket.ts'
import {parseGcsPath} from '../gcs/gcs-path.ts'
import {Files, isGcs} from '../match/files.ts'
import {isGlob} from '../system/glob.ts'
import type {FileReadSettings} from './read-options.ts'

const READER = 'roles/storage.objectViewer'

/** Checks that there are files to read and permission to read them, without opening any. */
export async function checkReading(settings: FileReadSettings, signal: AbortSignal): Promise<Finding[]> {
  const {client, patterns} = settings
  const needed = new Map<string, Set<string>>()
  for (const pattern of patterns.filter(isGcs)) {
    const {bucket} = parseGcsPath(pattern)
    const permissions = needed.get(bucket) ?? new Set(['storage.objects.get'])
    if (isGlob(pattern)) permissions.add('storage.objects.list')
    needed.set(bucket, permissions)
  }
  const findings: Finding[] = []
  for (const [bucket, permissions] of needed)
    findings.push(...(await checkBucket(client, bucket, [...permissions], READER, signal)))
  // what is wrong with the bucket has already been reported
  if (findings.some(({fix}) => fix !== undefined)) return findings
  const files = new Files({client})
  for (const pattern of patterns) findings.push(await checkPattern(files, pattern, signal))
  return findings
}

async function checkPattern(files: Files, pattern: string, signal: AbortSignal): Promise<Finding> {
  const what = `files ${pattern}`
  try {
    const found = await files.match(pattern, signal)
    const bytes = found.reduce((sum, {size}) => sum + size, 0)
    return {what, found: `${found.length} file${found.length === 1 ? '' : 's'}, ${formatSize(bytes)}`}
  } catch (error) {
    return {what, found: messageOf(error), fix: 'correct the path or pattern, or put the files there'}
  }
}
