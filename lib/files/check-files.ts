import {access, constants} from 'node:fs/promises'
import {dirname, resolve} from 'node:path'
import type {Finding} from '../core/index.ts'
import {messageOf} from '../errors/index.ts'
import {formatSize} from '../util/index.ts'
import {checkBucket} from './check-bucket.ts'
import {Files, isGcs} from './files.ts'
import {parseGcsPath} from './gcs-path.ts'
import {isGlob} from './glob.ts'
import type {FileReadSettings} from './read-options.ts'
import type {FileWriteSettings} from './write-options.ts'

const READER = 'roles/storage.objectViewer'
const WRITER = 'roles/storage.objectUser'

/** Whether there are files to read, and whether they may be read; none is opened. */
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
  // what is wrong with the bucket is told already
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

/** Whether the files of a sink may be written. */
export async function checkWriting(settings: FileWriteSettings, signal: AbortSignal): Promise<Finding[]> {
  const {client, gcs, root, destination, overwrite} = settings
  if (gcs) {
    const needed = ['storage.objects.list', 'storage.objects.create', ...(overwrite ? ['storage.objects.delete'] : [])]
    return checkBucket(client, parseGcsPath(root).bucket, needed, WRITER, signal)
  }
  // the folders of destinations are made when they are needed
  const folder = destination ? await existing(resolve(root)) : dirname(resolve(root))
  const what = `folder ${folder}`
  try {
    await access(folder, constants.W_OK)
    return [{what, found: 'can be written to'}]
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    if (missing) return [{what, found: 'does not exist', fix: 'make it first, or give another path'}]
    return [{what, found: messageOf(error), fix: 'give another folder, or the permission to write there'}]
  }
}

/** The folder, or the nearest above it that exists. */
async function existing(folder: string): Promise<string> {
  const there = await access(folder).then(
    () => true,
    () => false,
  )
  return there || folder === dirname(folder) ? folder : existing(dirname(folder))
}
