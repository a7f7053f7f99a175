import {badOption} from '../../../errors/index.ts'

/** The kinds of named resource in Pub/Sub. */
export type Resource = 'topics' | 'subscriptions'

const FULL = /^projects\/([a-z](?:[a-z0-9.:-]*[a-z0-9])?)\/(topics|subscriptions)\/([^/]+)$/
/**
 * A letter first, up to 255 characters: https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names (which also requires at
 * least three: for a shorter name the service reports that it does not exist)
 */
const ID = /^[A-Za-z][A-Za-z0-9._~%+-]{0,254}$/

/** What a valid name, full or short, looks like, or undefined if this one is valid. */
export function nameProblem(kind: Resource, name: unknown): string | undefined {
  const one = kind === 'topics' ? 'topic' : 'subscription'
  const allowed = `'projects/PROJECT/${kind}/NAME', or a NAME of at most 255 characters that begins with a letter`
  if (typeof name !== 'string' || name === '') return `a ${one}: ${allowed}`
  if (!name.includes('/')) return ID.test(name) ? undefined : allowed
  const full = FULL.exec(name)
  if (!full) return allowed
  if (full[2] !== kind) return `a ${one}, not one of the ${full[2]}: ${allowed}`
  return ID.test(full[3]!) ? undefined : allowed
}

/** Checks a name given as an option. */
export function checkName(where: string, option: string, kind: Resource, name: unknown): string {
  const problem = nameProblem(kind, name)
  if (problem) throw badOption(where, option, name, problem)
  return name as string
}

/** The full name. */
export function fullName(kind: Resource, name: string, project: string): string {
  return name.includes('/') ? name : `projects/${project}/${kind}/${name}`
}

/** The project in a full name; undefined for a short one. */
export function projectOf(name: string): string | undefined {
  return FULL.exec(name)?.[1]
}
