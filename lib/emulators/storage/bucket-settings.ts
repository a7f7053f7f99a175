import {unsupported} from '../google-error.ts'
import {ApiError} from '../service.ts'

/** What a client may set of a bucket, as far as it has an effect here or is shown again. */
export interface BucketSettings {
  location: string
  /** Of objects for which none is given. */
  storageClass: string
  labels?: Record<string, string>
  /** Replaced and deleted objects stay as noncurrent versions. */
  versioning?: {enabled: boolean}
  /** New objects get an event-based hold. */
  defaultEventBasedHold?: boolean
  /** What is shown again and has no effect here. */
  shown?: Record<string, unknown>
}

/** The settings of a bucket for which nothing is given. */
export const DEFAULT_SETTINGS: BucketSettings = {location: 'US', storageClass: 'STANDARD'}

/** What would make the service refuse or encrypt something; to accept it without doing so would be a lie. */
const UNSUPPORTED_FIELDS = ['retentionPolicy', 'objectRetention', 'encryption', 'ipFilter', 'hierarchicalNamespace']

const SHOWN_FIELDS = ['billing', 'cors', 'lifecycle', 'logging', 'website']

/** Settings after a change: `null` removes one or, inside `labels`, a key. Other fields are ignored. */
export function changedSettings(current: BucketSettings, given: Record<string, unknown>): BucketSettings {
  for (const name of UNSUPPORTED_FIELDS) if (given[name]) throw unsupported(`\`${name}\` of a bucket`)
  const labels = labelsOf(current.labels, given['labels'])
  const versioning = given['versioning'] === undefined ? current.versioning : enabled(given['versioning'])
  const hold =
    given['defaultEventBasedHold'] === undefined ? current.defaultEventBasedHold : given['defaultEventBasedHold']
  if (hold !== undefined && hold !== null && typeof hold !== 'boolean') throw invalid('defaultEventBasedHold')
  return {
    location: (text(given, 'location') ?? current.location).toUpperCase(),
    storageClass: (text(given, 'storageClass') ?? current.storageClass).toUpperCase(),
    ...(labels && {labels}),
    ...(versioning && {versioning}),
    ...(hold && {defaultEventBasedHold: true}),
    shown: shownFields(current.shown, given),
  }
}

function shownFields(current: Record<string, unknown> = {}, given: Record<string, unknown>): Record<string, unknown> {
  const shown = SHOWN_FIELDS.map(name => [name, name in given ? given[name] : current[name]])
  return Object.fromEntries(shown.filter(([, value]) => value !== undefined && value !== null))
}

function labelsOf(current: Record<string, string> | undefined, given: unknown): Record<string, string> | undefined {
  if (given === undefined) return current
  if (given === null) return undefined
  if (typeof given !== 'object' || Array.isArray(given)) throw invalid('labels')
  const labels = Object.entries({...current, ...given}).filter(([, value]) => value !== null)
  if (labels.some(([, value]) => typeof value !== 'string')) throw invalid('labels')
  return labels.length > 0 ? (Object.fromEntries(labels) as Record<string, string>) : undefined
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
