import type {v1} from '@google-cloud/pubsub'
import {onAbort} from '../../../util/index.ts'
import {unexpectedAnswer} from './classify-error.ts'
import type {OutgoingMessage} from './pubsub-port.ts'

/** Longest that a publish may be asked to wait for its answer, ms: the total that Google's client allows. */
export const LONGEST_PUBLISH = 600_000

type Publisher = InstanceType<(typeof v1)['PublisherClient']>
type Answer = [{messageIds?: string[] | null}]
type Publish = (request: object, settings: object) => Promise<Answer> & {cancel(): void}

/**
 * One request to publish, on the generated client; the signal cancels it.
 *
 * Its method `publish` would put calls together that come within 10 ms (requests of other sizes than were asked for, with
 * messages of several keys), repeat them by a table of its own, and give a promise that can't be cancelled: so what it calls
 * itself is called here.
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
    // without an id for each, nobody knows which messages are published: they are published again, as after a lost answer
    if (!fits)
      throw unexpectedAnswer('publish', `there are not ${messages.length} message ids, one for each message`, answer)
    if (!messageIds.every(id => typeof id === 'string' && id !== ''))
      throw unexpectedAnswer('publish', 'one of its message ids is empty', answer)
    return messageIds
  } finally {
    forget()
  }
}
