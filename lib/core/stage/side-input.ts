import type {Readable} from 'node:stream'
import type {types} from './brands.ts'
import type {Collection} from './collection.ts'

/** Brand of a side input. Registered, as the other brands are. */
export const SIDE: unique symbol = Symbol.for('sluice.side/1') as never

/**
 * A view of a whole collection that DoFns look at while they process another one: made by `asSingleton`, `asList`,
 * `asIterable`, `asMap` or `asMultiMap`, given as `side: {name: view}`, and found as `c.side.name`.
 */
export interface SideInput<out T> {
  readonly [SIDE]: true
  readonly [types]: {side: () => T}
}

/** What `side` of a DoFn takes: a view for each name in `Side`. */
export type SideInputsOf<Side> = {readonly [K in keyof Side]: SideInput<Side[K]>}

/** The stream that a side input is made of: a source, a DoFn, a tagged output, or a Readable of objects. */
export type SideStream<E = unknown> = Readable & {readonly [types]?: {out: () => E} | undefined}

/** What a side input is made of: a stream, or a collection of a Pipeline. */
export type SideSource<E = unknown> = SideStream<E> | Collection<E>

/** True for a side input of any copy of the package. */
export function isSideInput(value: unknown): value is SideInput<unknown> {
  return typeof value === 'object' && value !== null && (value as {[SIDE]?: unknown})[SIDE] === true
}
