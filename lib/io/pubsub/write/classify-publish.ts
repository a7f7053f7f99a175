import {CallTimeout, type Verdict} from '../../../batching/index.ts'
import {isTransient} from '../../../errors/index.ts'
import {PubSubError} from '../service/pubsub-error.ts'
import {StoppedKey} from './stopped-keys.ts'

const INVALID_ARGUMENT = 3
/** How long an address is tried at which nobody has ever answered, ms: a service that is just starting may come. */
const UNREACHED = 10_000

/** Nobody listens: a passing fault of a service that has answered before, at first most likely a wrong address. */
export function atFirst(error: unknown): unknown {
  const refused = error instanceof PubSubError && isTransient(error.kind) && /ECONNREFUSED/.test(error.message)
  return refused ? new PubSubError('unreachable', error.message, {cause: error, grpcCode: error.grpcCode}) : error
}

/** What a failed publish means for its messages. */
export function classifyPublish(error: unknown): Verdict {
  if (error instanceof CallTimeout) return {retry: {kind: 'transient'}}
  if (error instanceof StoppedKey) return {reject: error.refusal}
  if (!(error instanceof PubSubError)) return {fatal: true}
  if (isTransient(error.kind)) return {retry: {kind: 'transient', retryAfter: error.retryAfterMs}}
  switch (error.kind) {
    case 'unreachable':
      return {retry: {kind: 'unreachable', within: UNREACHED}}
    case 'invalid':
      // The service refuses the request and does not say for which of its messages
      return error.grpcCode === INVALID_ARGUMENT
        ? {suspect: {reason: 'invalid', location: '', message: error.message}}
        : {fatal: true}
    default:
      return {fatal: true}
  }
}
