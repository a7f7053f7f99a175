// What must and must not compile with writeToPubSub; checked by `tsc --noEmit`, never run.

import {writeToPubSub} from '../../lib/dead-letters/index.ts'
import type {PubSubMessage, PubSubSink} from '../../lib/io/pubsub/index.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {create} from '../../lib/transforms/index.ts'

interface Order {
  id: string
  total: number
}

/** Fails to compile unless both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function typed<A>(_: A): <B>(same: Same<A, B>) => void {
  return () => {}
}

// anything may be written, until a function of the row says what the rows are
typed(writeToPubSub({topic: 'orders'}))<PubSubSink<unknown>>(true)
typed(writeToPubSub({topic: (order: Order) => order.id}))<PubSubSink<Order>>(true)
typed(writeToPubSub({topic: 'orders', orderingKey: (order: Order) => order.id}))<PubSubSink<Order>>(true)
typed(writeToPubSub({topic: 'orders', attributes: (order: Order) => ({id: order.id})}))<PubSubSink<Order>>(true)
typed(writeToPubSub<Order>({topic: 'orders', encode: ({id}) => id}))<PubSubSink<Order>>(true)
writeToPubSub<PubSubMessage>({topic: 'orders', encode: ({data}) => data, orderingKey: ({orderingKey}) => orderingKey})
writeToPubSub({topic: 'orders', batch: {maxRows: 100, maxBytes: '1MB', maxDelay: '50ms', maxInFlight: 2}})

// @ts-expect-error a topic is needed
writeToPubSub({})
// @ts-expect-error attributes are strings
writeToPubSub<Order>({topic: 'orders', attributes: ({total}) => ({total})})
// @ts-expect-error a key is a string
writeToPubSub<Order>({topic: 'orders', orderingKey: ({total}) => total})
// @ts-expect-error the row has no such field
writeToPubSub<Order>({topic: 'orders', orderingKey: ({customer}) => customer})
// @ts-expect-error data is bytes or text
writeToPubSub<Order>({topic: 'orders', encode: ({total}) => total})
// @ts-expect-error batch options have a place of their own
writeToPubSub({topic: 'orders', maxRows: 100})

// a sink takes what the collection has, and nothing else
const p = new Pipeline()
const orders = p.apply('Orders', create<Order>([]))
orders.apply('Any', writeToPubSub({topic: 'orders'}))
orders.apply('ById', writeToPubSub({topic: 'orders', orderingKey: (order: Order) => order.id}))
// @ts-expect-error an order is no text
orders.apply('Text', writeToPubSub({topic: 'orders', orderingKey: (text: string) => text}))
