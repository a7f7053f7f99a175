import {ApiError} from '../../service/api-error.ts'
import {unsupported} from '../../service/google-error.ts'
import type {BucketSettings} from '../store/buckets.ts'
import {STORAGE_CLASSES} from '../store/storage-classes.ts'
import {checkLifecycle} from './lifecycle.ts'

/** Settings that make the service refuse or encrypt something: accepting them without effect would mislead. */
const UNSUPPORTED_FIELDS = ['retentionPolicy', 'objectRetention', 'encryption', 'ipFilter', 'hierarchicalNamespace']

/** Its ACLs and soft delete, unless what is given turns them off. */
const UNSUPPORTED_UNLESS_EMPTY = ['acl', 'defaultObjectAcl']

const SHOWN_FIELDS = ['billing', 'cors', 'lifecycle', 'logging', 'website']

/** Settings after a change: `null` removes one or, inside `labels`, a key. Other fields are ignored. */
export function changedSettings(current: BucketSettings, given: Record<string, unknown>): BucketSettings {
  for (const name of UNSUPPORTED_FIELDS) if (given[name]) throw unsupported(`\`${name}\` of a bucket`)
  for (const name of UNSUPPORTED_UNLESS_EMPTY)
    if (withoutEmpty(given[name])) throw unsupported(`\`${name}\` of a bucket`)
  const {retentionDurationSeconds = 0} = (given['softDeletePolicy'] ?? {}) as Record<string, unknown>
  if (Number(retentionDurationSeconds) !== 0) throw unsupported('`softDeletePolicy` of a bucket')
  checkLifecycle(given['lifecycle'])
  checkCors(given['cors'])
  const labels = labelsOf(current.labels, given['labels'])
  const versioning = given['versioning'] === undefined ? current.versioning : enabled(given['versioning'])
  const hold =
    given['defaultEventBasedHold'] === undefined ? current.defaultEventBasedHold : given['defaultEventBasedHold']
  if (hold !== undefined && hold !== null && typeof hold !== 'boolean') throw invalid('defaultEventBasedHold')
  const storageClass = (text(given, 'storageClass') ?? current.storageClass).toUpperCase()
  if (!STORAGE_CLASSES.includes(storageClass)) throw invalid('storageClass')
  return {
    location: (text(given, 'location') ?? current.location).toUpperCase(),
    storageClass,
    ...(labels && {labels}),
    ...(versioning && {versioning}),
    ...(hold && {defaultEventBasedHold: true}),
    shown: shownFields(current.shown, given),
  }
}

function shownFields(current: Record<string, unknown> = {}, given: Record<string, unknown>): Record<string, unknown> {
  const shown: Record<string, unknown> = {}
  for (const name of SHOWN_FIELDS) {
    const value = name in given ? merged(name === 'lifecycle' ? {} : current[name], given[name]) : current[name]
    const left = withoutEmpty(value)
    if (left !== undefined) shown[name] = left
  }
  return shown
}

/** JSON merge patch: objects field by field, all else as a whole. Of a lifecycle, whose only field are its rules, `{}` is none. */
function merged(current: unknown, given: unknown): unknown {
  if (!isObject(given) || !isObject(current)) return given
  const result = {...current}
  for (const [name, value] of Object.entries(given)) result[name] = merged(current[name], value)
  return result
}

/** A value as the service shows it: without null, empty arrays and what then is an empty object. */
function withoutEmpty(value: unknown): unknown {
  if (value === null) return undefined
  if (Array.isArray(value)) return value.length > 0 ? value : undefined
  if (!isObject(value)) return value
  const fields = Object.entries(value).map(([name, field]) => [name, withoutEmpty(field)] as const)
  const left = fields.filter(([, field]) => field !== undefined)
  return left.length > 0 ? Object.fromEntries(left) : undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function checkCors(given: unknown): void {
  if (given === undefined || given === null) return
  const isTexts = (value: unknown) =>
    value === undefined || (Array.isArray(value) && value.every(one => typeof one === 'string'))
  const isEntry = (entry: unknown) =>
    isObject(entry) &&
    [entry['origin'], entry['method'], entry['responseHeader']].every(isTexts) &&
    [undefined, 'number'].includes(entry['maxAgeSeconds'] === undefined ? undefined : typeof entry['maxAgeSeconds'])
  if (!Array.isArray(given) || !given.every(isEntry)) throw invalid('cors')
}

function labelsOf(current: Record<string, string> | undefined, given: unknown): Record<string, string> | undefined {
  if (given === undefined) return current
  if (given === null) return undefined
  if (typeof given !== 'object' || Array.isArray(given)) throw invalid('labels')
  const labels = Object.entries({...current, ...given}).filter(([, value]) => value !== null)
  if (labels.length > 64 || !labels.every(isLabel)) throw invalid('labels')
  return labels.length > 0 ? (Object.fromEntries(labels) as Record<string, string>) : undefined
}

/** Lower-case letters of any script, digits, `_` and `-`, at most 63, and a letter first in keys. */
function isLabel([key, value]: [string, unknown]): boolean {
  const isKey = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(key)
  return isKey && typeof value === 'string' && /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(value)
}

function enabled(given: unknown): {enabled: boolean} | undefined {
  if (given === null) return undefined
  const value = (given as {enabled?: unknown}).enabled ?? false
  if (typeof value !== 'boolean') throw invalid('versioning')
  return {enabled: value}
}

function text(given: Record<string, unknown>, name: string): string | undefined {
  const value = given[name]
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string') throw invalid(name)
  return value
}

function invalid(name: string): ApiError {
  return new ApiError(400, 'invalid', `Invalid value for: ${name}`)
}
