import type {Readable} from 'node:stream'
import type {types} from './brands.ts'

/** Brand of a collection: the future output of a step in a Pipeline. Registered, as the other brands are. */
export const COLLECTION: unique symbol = Symbol.for('sluice.collection/1') as never

/** The future output of a step: PCollection as the rooms below the Pipeline see it. */
export interface Collection<out T = unknown> {
  readonly [COLLECTION]: true
  readonly [types]: {out: () => T}
}

/** A stage with several inputs, such as `flatten(a, b)`: the Pipeline gives it the stream of each before it runs. */
export interface JoinStage {
  /** The collections that it joins, in order. */
  readonly inputs: readonly Collection[]
  /** Called once for each input, with its stream and position. */
  connect(stream: Readable, position: number): void
}

/** True for a collection of any copy of the package. */
export function isCollection(value: unknown): value is Collection {
  return typeof value === 'object' && value !== null && (value as {[COLLECTION]?: unknown})[COLLECTION] === true
}
