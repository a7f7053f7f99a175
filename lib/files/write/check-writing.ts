import {access, constants} from 'node:fs/promises'
import {dirname, resolve} from 'node:path'
import type {Finding} from '../../core/index.ts'
import {messageOf} from '../../errors/index.ts'
import {checkBucket} from '../gcs/check-bucket.ts'
import {parseGcsPath} from '../gcs/gcs-path.ts'
import type {FileWriteSettings} from './write-options.ts'

const WRITER = 'roles/storage.objectUser'

/** Checks that the files of a sink can be written. */
export async function checkWriting(settings: FileWriteSettings, signal: AbortSignal): Promise<Finding[]> {
  const {client, gcs, root, destination, overwrite} = settings
  if (gcs) {
    const needed = ['storage.objects.list', 'storage.objects.create', ...(overwrite ? ['storage.objects.delete'] : [])]
    return checkBucket(client, parseGcsPath(root).bucket, needed, WRITER, signal)
  }
  // folders of destinations are created when they are needed
  const folder = destination ? await existing(resolve(root)) : dirname(resolve(root))
  const what = `folder ${folder}`
  try {
    await access(folder, constants.W_OK)
    return [{what, found: 'can be written to'}]
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    if (missing) return [{what, found: 'does not exist', fix: 'create it first, or give another path'}]
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
