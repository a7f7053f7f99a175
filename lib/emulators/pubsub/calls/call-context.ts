import type {FaultAction} from '../../service/fault-rules.ts'
import type {Protobuf} from '../schemas/protobuf.ts'
import type {World} from '../topics/world.ts'

/** What a handler knows of its call besides the request. */
export interface CallContext {
  readonly world: World
  /** What parses definitions of schemas. */
  readonly protobuf: Protobuf
  /** Bytes of the serialized request. */
  readonly bytes: number
  readonly faults: readonly FaultAction[]
  /** Throws `PERMISSION_DENIED` unless the caller has `permission` (such as `pubsub.topics.publish`) on `resource`. */
  authorize(permission: string, resource: string): void
  /** Adds facts to the entry of the call in the request log. */
  note(facts: Record<string, unknown>): void
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal
}

/** Answers one unary call. */
export type Handler<Request> = (request: Request, context: CallContext) => object | Promise<object>

/** One page of a list: items from the place that the token names. */
export function page<T>(
  items: readonly T[],
  {pageSize, pageToken}: {pageSize: number; pageToken: string},
): {items: T[]; nextPageToken: string} {
  const from = Number(pageToken) || 0
  const to = from + Math.min(pageSize > 0 ? pageSize : 100, 1000)
  return {items: items.slice(from, to), nextPageToken: to < items.length ? String(to) : ''}
}
