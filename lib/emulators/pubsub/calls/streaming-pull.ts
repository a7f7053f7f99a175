import type {ServerDuplexStream} from '@grpc/grpc-js'
import {StreamConsumer} from '../subscriptions/stream-consumer.ts'
import type {Subscription} from '../subscriptions/subscription.ts'
import {CODE, codeOf, invalid, PubSubError} from '../wire/grpc-code.ts'
import type {WireStreamingPull} from '../wire/wire.ts'
import type {CallContext} from './call-context.ts'
import {checkDeadline, consumed} from './subscriptions.ts'

/** The call as grpc gives it. */
export type StreamingPullCall = ServerDuplexStream<WireStreamingPull, object>

/**
 * Serves a `StreamingPull` from its first request on. It never ends with OK: as in production, only with an error, or when
 * the caller goes.
 *
 * @param end ends the call with an error
 */
export function startStreamingPull(
  call: StreamingPullCall,
  first: WireStreamingPull,
  context: CallContext,
  end: (error: PubSubError) => void,
): {next(request: WireStreamingPull): void; closed(): void} {
  const subscription = consumed(first.subscription, context)
  if (first.streamAckDeadlineSeconds < 10 || first.streamAckDeadlineSeconds > 600)
    throw invalid(`stream_ack_deadline_seconds is ${first.streamAckDeadlineSeconds}; it must be 10 to 600.`)
  const {streamAckDeadlineSeconds, maxOutstandingMessages, maxOutstandingBytes} = first
  context.note({streamAckDeadlineSeconds, maxOutstandingMessages, maxOutstandingBytes, messages: 0, keepAlives: 0})
  let messages = 0
  let keepAlives = 0
  const consumer = new StreamConsumer(subscription, first, {
    write: response => call.write(response),
    end: (code, message) => end(new PubSubError(code, message)),
    sent: count => context.note({messages: (messages += count)}),
  })
  const ending = context.faults.find(action => action.kind === 'endStream')
  if (ending)
    consumer.endAfter = {
      messages: ending.afterMessages ?? 0,
      code: codeOf(ending.status ?? CODE.UNAVAILABLE),
      message: ending.message ?? 'injected end of the stream',
    }
  call.on('drain', () => consumer.onDrain())
  subscription.attach(consumer)
  // The client learns at once that the stream is open, and, if so, that acks have to be confirmed.
  if (subscription.settings.exactlyOnce) consumer.respond([])
  settle(subscription, first)
  if (consumer.endAfter?.messages === 0) {
    consumer.endWith(consumer.endAfter.code, consumer.endAfter.message)
    consumer.flush()
  }
  return {
    next(request) {
      if (request.subscription !== '') throw invalid('Only the first request of a stream may name the subscription.')
      if (request.streamAckDeadlineSeconds !== 0) consumer.ackDeadline = request.streamAckDeadlineSeconds * 1000
      if (request.ackIds.length === 0 && request.modifyDeadlineAckIds.length === 0) {
        if (request.streamAckDeadlineSeconds === 0) context.note({keepAlives: ++keepAlives})
        if (first.protocolVersion > 0) consumer.respond([])
      } else settle(subscription, request)
    },
    closed: () => subscription.detach(consumer),
  }
}

/** Carries out the acks and deadlines that a request on the stream brings. */
function settle(subscription: Subscription, request: WireStreamingPull): void {
  const {ackIds, modifyDeadlineAckIds, modifyDeadlineSeconds} = request
  if (modifyDeadlineAckIds.length !== modifyDeadlineSeconds.length)
    throw invalid('modify_deadline_ack_ids and modify_deadline_seconds must be of one length.')
  modifyDeadlineSeconds.forEach(checkDeadline)
  if (ackIds.length > 0) subscription.acknowledge(ackIds, [])
  modifyDeadlineAckIds.forEach((ackId, at) => {
    subscription.modify([ackId], modifyDeadlineSeconds[at]!)
  })
}
