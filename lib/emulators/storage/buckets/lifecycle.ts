import {ApiError} from '../../service/api-error.ts'
import {STORAGE_CLASSES} from '../store/storage-classes.ts'

const MAX_RULES = 100
const ACTIONS = ['Delete', 'SetStorageClass', 'AbortIncompleteMultipartUpload']

type Check = (value: unknown) => boolean

const isCount: Check = value =>
  Number.isInteger(Number(value)) && Number(value) >= 0 && /^(string|number)$/.test(typeof value)
const isDay: Check = value => typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)
const isTexts: Check = value => Array.isArray(value) && value.every(one => typeof one === 'string')
const isClasses: Check = value => isTexts(value) && (value as string[]).every(one => STORAGE_CLASSES.includes(one))

const CONDITIONS: Readonly<Record<string, Check>> = {
  age: isCount,
  createdBefore: isDay,
  customTimeBefore: isDay,
  daysSinceCustomTime: isCount,
  daysSinceNoncurrentTime: isCount,
  isLive: value => typeof value === 'boolean',
  matchesPrefix: isTexts,
  matchesStorageClass: isClasses,
  matchesSuffix: isTexts,
  noncurrentTimeBefore: isDay,
  numNewerVersions: isCount,
}
/** The only conditions of `AbortIncompleteMultipartUpload`. */
const OF_UPLOADS = ['age', 'matchesPrefix', 'matchesSuffix']

/** Throws a 400 for a lifecycle that Cloud Storage would not take; an accepted one has no effect here. */
export function checkLifecycle(given: unknown): void {
  if (given === undefined || given === null) return
  if (!isObject(given)) throw invalid('it is not an object with an array `rule`')
  const {rule: rules = []} = given
  if (!Array.isArray(rules)) throw invalid('`rule` is not an array')
  if (rules.length > MAX_RULES) throw invalid(`it has ${rules.length} rules, the limit is ${MAX_RULES}`)
  for (const [at, rule] of rules.entries()) checkRule(rule, `rule ${at + 1}`)
}

function checkRule(rule: unknown, where: string): void {
  const {action, condition} = isObject(rule) ? rule : {}
  const {type, storageClass} = isObject(action) ? action : {}
  if (typeof type !== 'string' || !ACTIONS.includes(type))
    throw invalid(`the action of ${where} is ${JSON.stringify(type)}, not one of ${ACTIONS.join(', ')}`)
  if (type === 'SetStorageClass' && !isClasses([storageClass]))
    throw invalid(
      `${where} sets the storage class ${JSON.stringify(storageClass)}, not one of ${STORAGE_CLASSES.join(', ')}`,
    )
  const conditions = isObject(condition) ? Object.entries(condition).filter(([, value]) => value !== null) : []
  if (conditions.length === 0) throw invalid(`${where} has no condition`)
  for (const [name, value] of conditions) {
    const check = Object.hasOwn(CONDITIONS, name) ? CONDITIONS[name] : undefined
    if (!check || (type === 'AbortIncompleteMultipartUpload' && !OF_UPLOADS.includes(name)))
      throw invalid(`the action ${type} of ${where} has no condition '${name}'`)
    if (!check(value)) throw invalid(`the condition '${name}' of ${where} cannot be ${JSON.stringify(value)}`)
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(problem: string): ApiError {
  return new ApiError(400, 'invalid', `Invalid value for: lifecycle: ${problem}`)
}
