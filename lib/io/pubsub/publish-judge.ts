import {CallTimeout, type Verdict} from '../../batching/index.ts'
import {StoppedKey} from './publish-keys.ts'
import {PubSubError} from './pubsub-error.ts'

const INVALID_ARGUMENT = 3
/** How long an address is tried at which nobody has ever answered, ms: a service that is just starting may come. */
const UNREACHED = 10_000

/** Nobody listens: a passing fault of a service that has answered before, at first most likely a wrong address. */
export function atFirst(error: unknown): unknown {
  const refused = error instanceof PubSubError && error.kind === 'transient' && /ECONNREFUSED/.test(error.message)
  return refused ? new PubSubError('host', error.message, {cause: error, grpcCode: error.grpcCode}) : error
}

/** What a failed publish means for its messages. */
export function judgePublish(error: unknown): Verdict {
  if (error instanceof CallTimeout) return {retry: {kind: 'transient'}}
  if (error instanceof StoppedKey) return {reject: error.refusal}
  if (!(error instanceof PubSubError)) return {fatal: true}
  switch (error.kind) {
    case 'transient':
      return {retry: {kind: 'transient', retryAfter: error.retryAfterMs}}
    case 'host':
      return {retry: {kind: 'host', within: UNREACHED}}
    case 'invalid':
      // The service refuses the request and does not say for which of its messages
      return error.grpcCode === INVALID_ARGUMENT
        ? {suspect: {reason: 'invalid', location: '', message: error.message}}
        : {fatal: true}
    default:
      return {fatal: true}
  }
}
