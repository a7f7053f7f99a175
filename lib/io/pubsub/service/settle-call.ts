import type {v1} from '@google-cloud/pubsub'
import {onAbort} from '../../../util/index.ts'

type Subscriber = InstanceType<(typeof v1)['SubscriberClient']>
type Call = (request: object, settings: object) => Promise<unknown> & {cancel(): void}

export type SettleMethod = 'acknowledge' | 'modifyAckDeadline'

export interface SettleRequest {
  readonly subscription: string
  readonly ackIds: string[]
  readonly ackDeadlineSeconds?: number
}

/** Deadline of every call except streaming pulls and publishes, ms: that of Google's own client. */
export const CALL_TIMEOUT = 60_000

/**
 * Sends one request to acknowledge or to modify deadlines on the generated client; the signal cancels it.
 *
 * The client's own methods return a promise that can't be cancelled, and closing a client waits for open calls: a process that
 * has finished would stay up until its calls to an unresponsive server time out.
 */
export async function settleOnce(
  subscriber: Subscriber,
  method: SettleMethod,
  request: SettleRequest,
  signal: AbortSignal,
): Promise<void> {
  await subscriber.initialize()
  signal.throwIfAborted()
  const headers = {'x-goog-request-params': new URLSearchParams({subscription: request.subscription}).toString()}
  const settings = {timeout: CALL_TIMEOUT, retry: null, otherArgs: {headers}}
  const call = (subscriber.innerApiCalls[method] as Call)(request, settings)
  const forget = onAbort(signal, () => call.cancel())
  try {
    await call
  } finally {
    forget()
  }
}
