import {messageOf} from '../../errors/index.ts'
import {ApiError} from './api-error.ts'
import type {ServiceReply} from './service.ts'

/** A Google API error as the JSON APIs write it; `extra` goes into the first of `errors` (`location`, `locationType`). */
export function errorBody(status: number, reason: string, message: string, extra: Record<string, unknown> = {}) {
  return {error: {code: status, message, errors: [{message, domain: 'global', reason, ...extra}]}}
}

/** Error codes of a full disk or an exhausted quota. */
const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG']

/** The answer to anything that a service threw; anything but an {@link ApiError} is the emulator's own fault: 500. */
export function errorReply(thrown: unknown): ServiceReply {
  if (!(thrown instanceof ApiError)) {
    const {code} = (thrown ?? {}) as NodeJS.ErrnoException
    // Clients retry a 500 again and again.
    if (code && FULL.includes(code)) {
      const message = `local emulator: the disk that holds its data is full (${messageOf(thrown)})`
      return {status: 507, body: errorBody(507, 'insufficientStorage', message)}
    }
    return {status: 500, body: errorBody(500, 'internalError', `local emulator: ${messageOf(thrown)}`)}
  }
  const {status, reason, message, headers, extra} = thrown
  if (status === 304 || status === 204) return {status, headers}
  return {status, headers, body: errorBody(status, reason, message, extra)}
}

/** The error for a request that Google Cloud supports and the local cloud does not. */
export function unsupported(what: string): ApiError {
  return new ApiError(400, 'notImplemented', `local emulator: ${what} is not supported`)
}
