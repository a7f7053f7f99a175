import {invalid} from './grpc-code.ts'

/** The kinds of resources, by the word in their names. */
type Collection = 'topics' | 'subscriptions' | 'snapshots' | 'schemas'

/** The topic of a subscription whose topic was deleted. */
export const DELETED_TOPIC = '_deleted-topic_'

const PROJECT = /^projects\/[a-z0-9][a-z0-9.:_-]*$/i
const ID = /^[A-Za-z][A-Za-z0-9._~+%-]{2,254}$/

/** Checks a full name, `projects/P/topics/T`; an id has 3 to 255 characters, a letter first, and does not start with `goog`. */
export function checkName(collection: Collection, name: string): void {
  const [, , kind, id = '', ...more] = name.split('/')
  const project = name.split('/').slice(0, 2).join('/')
  if (PROJECT.test(project) && kind === collection && more.length === 0 && ID.test(id) && !/^goog/i.test(id)) return
  throw invalid(
    `Invalid [${collection}] name: (name=${name}). It must be projects/PROJECT/${collection}/ID, with an ID of 3 to 255 ` +
      "letters, digits and -._~+% that starts with a letter and not with 'goog'.",
  )
}

/** Checks `projects/P`. */
export function checkProject(name: string): void {
  if (!PROJECT.test(name)) throw invalid(`Invalid project name: (name=${name}). It must be projects/PROJECT.`)
}

/** The project of a full name, as `projects/P`. */
export function projectOf(name: string): string {
  return name.split('/').slice(0, 2).join('/')
}
