// What must and must not compile with readFromPubSub; checked by `tsc --noEmit`, never run.
import type {DeadLetter, Source} from '../../lib/core/index.ts'
import {type ManualMessage, type PubSubMessage, type PubSubTags, readFromPubSub} from '../../lib/io/pubsub/index.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {map} from '../../lib/transforms/index.ts'

interface Order {
  id: string
  total: number
}

/** Fails to compile unless both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(_: Same<A, B>): void {}
function typed<A>(_: A): <B>(same: Same<A, B>) => void {
  return () => {}
}
const subscription = 'my-sub'

// the element follows the options
typed(readFromPubSub({subscription}))<Source<Buffer, {}>>(true)
typed(readFromPubSub({subscription, decode: 'buffer'}))<Source<Buffer, {}>>(true)
typed(readFromPubSub({subscription, decode: 'text'}))<Source<string, PubSubTags>>(true)
typed(readFromPubSub({subscription, decode: 'json'}))<Source<unknown, PubSubTags>>(true)
typed(readFromPubSub<Order>({subscription, decode: 'json'}))<Source<Order, PubSubTags>>(true)
typed(readFromPubSub({subscription, decode: data => data.length}))<Source<number, PubSubTags>>(true)
typed(readFromPubSub({subscription, withAttributes: true}))<Source<PubSubMessage<Buffer>, {}>>(true)
typed(readFromPubSub({subscription, withAttributes: true, decode: 'text'}))<Source<PubSubMessage<string>, PubSubTags>>(
  true,
)
typed(readFromPubSub<Order>({subscription, withAttributes: true, decode: 'json'}))<
  Source<PubSubMessage<Order>, PubSubTags>
>(true)
typed(readFromPubSub({subscription, ack: 'manual'}))<Source<ManualMessage<Buffer>, {}>>(true)
typed(readFromPubSub<Order>({subscription, ack: 'manual', decode: 'json'}))<Source<ManualMessage<Order>, PubSubTags>>(
  true,
)
typed(readFromPubSub({subscription, ack: 'on-read'}))<Source<Buffer, {}>>(true)
typed(readFromPubSub({replay: 'messages.jsonl', decode: 'text'}))<Source<string, PubSubTags>>(true)
typed(readFromPubSub({subscription, timestampAttribute: 'at'}))<Source<Buffer, PubSubTags>>(true)

// rejects are there when there can be some
same<PubSubTags['rejects'], DeadLetter<PubSubMessage>>(true)
readFromPubSub({subscription, decode: 'text'}).tagged('rejects')
// @ts-expect-error every message is a Buffer: nothing is rejected
readFromPubSub({subscription}).tagged('rejects')

// acknowledgements by hand only with 'manual'
readFromPubSub({subscription, ack: 'manual'}).on('data', (message: ManualMessage) => message.ack())
// @ts-expect-error these are acknowledged by the sinks
const acked: ManualMessage[] = [] as PubSubMessage[]
void acked

// a Pipeline checks the step behind
const p = new Pipeline()
p.apply('Text', readFromPubSub({subscription, decode: 'text'})).apply(map((text: string) => text.length))
const bytes = p.apply('Bytes', readFromPubSub({subscription}))
// @ts-expect-error elements are Buffers
bytes.apply(map((text: string) => text.length))
p.apply('Orders', readFromPubSub<Order>({subscription, decode: 'json'})).apply(map((order: Order) => order.total))

// options
// @ts-expect-error an unknown option
readFromPubSub({subscription, maxMessages: 5})
// @ts-expect-error an unknown way to acknowledge
readFromPubSub({subscription, ack: 'later'})
// @ts-expect-error no duration
readFromPubSub({subscription, maxLease: '1 hour'})
