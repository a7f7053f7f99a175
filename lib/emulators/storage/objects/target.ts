import {ApiError} from '../../service/api-error.ts'
import type {Picked} from '../store/object-files.ts'
import type {ObjectRecord} from '../store/stored-object.ts'

/** An object as a request names it. */
export interface Target {
  bucket: string
  name: string
}

/** The version that a request names; 404 if it does not exist. */
export function existing({record}: Picked, {bucket, name}: Target): ObjectRecord {
  if (record) return record
  throw new ApiError(404, 'notFound', `No such object: ${bucket}/${name}`)
}
