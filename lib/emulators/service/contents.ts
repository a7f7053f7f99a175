import {printableLine} from '../../util/index.ts'

/** What is in a local cloud. */
export interface LocalContents {
  readonly buckets: readonly {readonly name: string; readonly objects: number}[]
  /** Of the local cloud's own project, as `dataset.table`. */
  readonly tables: readonly {readonly name: string; readonly rows: number}[]
  /** Full names. */
  readonly topics: readonly string[]
  /** Full names, and the messages that are not acknowledged. */
  readonly subscriptions: readonly {readonly name: string; readonly unacked: number}[]
}

/** The same as text, one line each; a single line reports that there is nothing. */
export function contentsText({buckets, tables, topics, subscriptions}: LocalContents): string {
  const lines = [
    ...buckets.map(({name, objects}) => `  gs://${name}  ${many(objects, 'object')}`),
    ...tables.map(({name, rows}) => `  ${name}  ${many(rows, 'row')}`),
    ...topics.map(name => `  ${name}`),
    ...subscriptions.map(({name, unacked}) => `  ${name}  ${many(unacked, 'message')}`),
  ]
  return `${lines.length > 0 ? lines.map(printableLine).join('\n') : '  nothing yet'}\n`
}

function many(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
