import {CallTimeout, type Verdict} from '../../../batching/index.ts'
import {isTransient} from '../../../errors/index.ts'
import {PubSubError} from '../service/pubsub-error.ts'
import {StoppedKey} from './stopped-keys.ts'

const INVALID_ARGUMENT = 3
/** How long to try an address where nothing has ever answered, ms: the service may still be starting. */
const UNREACHED = 10_000

/** A refused connection is transient if the service has answered before; until then, most likely the address is wrong. */
export function atFirst(error: unknown): unknown {
  const refused = error instanceof PubSubError && isTransient(error.kind) && /ECONNREFUSED/.test(error.message)
  return refused ? new PubSubError('unreachable', error.message, {cause: error, grpcCode: error.grpcCode}) : error
}

/** Decides what a failed publish means for its messages. */
export function classifyPublish(error: unknown): Verdict {
  if (error instanceof CallTimeout) return {retry: {kind: 'transient'}}
  if (error instanceof StoppedKey) return {reject: error.refusal}
  if (!(error instanceof PubSubError)) return {fatal: true}
  if (isTransient(error.kind)) return {retry: {kind: 'transient', retryAfter: error.retryAfterMs}}
  switch (error.kind) {
    case 'unreachable':
      return {retry: {kind: 'unreachable', within: UNREACHED}}
    case 'invalid':
      // the service refuses the request without saying which of its messages is at fault
      return error.grpcCode === INVALID_ARGUMENT
        ? {suspect: {reason: 'invalid', location: '', message: error.message}}
        : {fatal: true}
    default:
      return {fatal: true}
  }
}
