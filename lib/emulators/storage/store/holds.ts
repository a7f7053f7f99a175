import {ApiError} from '../../service/api-error.ts'
import type {ObjectRecord} from './stored-object.ts'

/** Throws a 403 for a version on hold: it can be neither deleted nor replaced, not even with versioning. */
export function checkHolds(bucket: string, {name, temporaryHold, eventBasedHold}: ObjectRecord): void {
  const hold = temporaryHold ? 'Temporary' : eventBasedHold ? 'Event-Based' : undefined
  if (!hold) return
  throw new ApiError(
    403,
    'objectUnderActiveHold',
    `Object '${bucket}/${name}' is under active ${hold} hold and cannot be deleted, overwritten or archived until hold is removed.`,
  )
}
