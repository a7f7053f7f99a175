import type {v1} from '@google-cloud/pubsub'
import {onAbort} from '../../../util/index.ts'
import {unexpectedAnswer} from './classify-error.ts'
import type {OutgoingMessage} from './pubsub-port.ts'

/** Longest allowed timeout of a publish, ms: the total timeout of Google's client. */
export const LONGEST_PUBLISH = 600_000

type Publisher = InstanceType<(typeof v1)['PublisherClient']>
type Answer = [{messageIds?: string[] | null}]
type Publish = (request: object, settings: object) => Promise<Answer> & {cancel(): void}

/**
 * Sends one publish request on the generated client; the signal cancels it.
 *
 * The client's own `publish` merges calls made within 10 ms (changing request sizes and mixing ordering keys), retries by its
 * own table, and returns a promise that can't be cancelled. So this makes the underlying call directly.
 */
export async function publishOnce(
  publisher: Publisher,
  topic: string,
  messages: readonly OutgoingMessage[],
  signal: AbortSignal,
): Promise<string[]> {
  await publisher.initialize()
  signal.throwIfAborted()
  const publish = publisher.innerApiCalls['publish'] as Publish
  const headers = {'x-goog-request-params': new URLSearchParams({topic}).toString()}
  const settings = {timeout: LONGEST_PUBLISH, retry: null, isBundling: false, otherArgs: {headers}}
  const call = publish({topic, messages}, settings)
  const forget = onAbort(signal, () => call.cancel())
  try {
    const [answer] = await call
    const {messageIds} = answer
    const fits = Array.isArray(messageIds) && messageIds.length === messages.length
    // without an id for each it is unknown which messages were published: publish them again, as after a lost response
    if (!fits)
      throw unexpectedAnswer('publish', `it lacks ${messages.length} message ids, one for each message`, answer)
    if (!messageIds.every(id => typeof id === 'string' && id !== ''))
      throw unexpectedAnswer('publish', 'one of its message ids is empty', answer)
    return messageIds
  } finally {
    forget()
  }
}
