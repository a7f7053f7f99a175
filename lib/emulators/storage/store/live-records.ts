import {lstatSync} from 'node:fs'
import type {Found} from './bucket-folder.ts'
import type {Sidecars} from './sidecars.ts'
import {hashFile, type ObjectRecord} from './stored-object.ts'

/** What is known of a live object's file: its sidecar, or for a file that a person put there or changed, what follows from it. */
export async function liveRecord(
  sidecars: Sidecars,
  bucket: string,
  found: Found | undefined,
): Promise<ObjectRecord | undefined> {
  if (!found) return undefined
  const state = fileState(found.file)
  if (!state) return undefined
  const isOf = (record: ObjectRecord | undefined) => record?.size === state.size && record.mtime === state.mtime
  const kept = sidecars.read(bucket, found.name)
  if (isOf(kept)) return kept
  const before = sidecars.readBefore(bucket, found.name)
  if (isOf(before)) return before
  const written = Number(BigInt(state.mtime) / 1000n)
  const time = new Date(written / 1000).toISOString()
  const record: ObjectRecord = {
    name: found.name,
    generation: Math.max(written, (kept?.generation ?? 0) + 1),
    metageneration: 1,
    ...(await hashFile(found.file, state.size)),
    timeCreated: time,
    updated: time,
    isUploaded: false,
    ...state,
  }
  // All of it follows from the file: nothing to write down.
  sidecars.remember(bucket, record)
  return record
}

/** Size and time of change of a file, by which a change by hand is noticed; undefined if there is none. */
export function fileState(file: string): {size: number; mtime: string} | undefined {
  const stats = lstatSync(file, {bigint: true, throwIfNoEntry: false})
  return stats && {size: Number(stats.size), mtime: String(stats.mtimeNs)}
}
