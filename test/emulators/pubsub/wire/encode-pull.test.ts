import {createRequire} from 'node:module'
import {fromJSON} from '@grpc/proto-loader'
import {expect} from 'chai'
import fc from 'fast-check'
import {encodePulled, type WirePulled} from '../../../../lib/emulators/pubsub/wire/encode-pull.ts'

const protos = createRequire(import.meta.url)('@google-cloud/pubsub/build/protos/protos.json')
const {StreamingPull} = fromJSON(protos, {longs: Number, defaults: true, arrays: true, objects: true})[
  'google.pubsub.v1.Subscriber'
] as unknown as {StreamingPull: {responseSerialize(x: object): Buffer; responseDeserialize(x: Buffer): object}}

const text = fc.oneof(fc.string({maxLength: 5}), fc.constant(''), fc.constant('ключ €'), fc.constant('x'.repeat(200)))
const received = fc.record({
  ackId: text,
  message: fc.record({
    data: fc.uint8Array({maxLength: 300}).map(bytes => Buffer.from(bytes)),
    attributes: fc.dictionary(text, text, {maxKeys: 3}),
    messageId: text,
    publishTime: fc.option(
      fc.record({
        seconds: fc.oneof(fc.integer(), fc.constantFrom(0, 1_718_452_800, 2 ** 31, 2 ** 40)),
        nanos: fc.constantFrom(0, 1, 999_999_999),
      }),
    ),
    orderingKey: text,
  }),
  deliveryAttempt: fc.constantFrom(0, 1, 5, 1000),
})
const response: fc.Arbitrary<WirePulled> = fc.record({
  receivedMessages: fc.array(received, {maxLength: 4}),
  subscriptionProperties: fc.record({exactlyOnceDeliveryEnabled: fc.boolean(), messageOrderingEnabled: fc.boolean()}),
})

describe('the bytes of a streaming pull', () => {
  it('say the same as those that the protos give', () => {
    fc.assert(
      fc.property(response, given => {
        const general = StreamingPull.responseDeserialize(StreamingPull.responseSerialize(given))
        expect(StreamingPull.responseDeserialize(encodePulled(given))).to.deep.equal(general)
      }),
      {numRuns: 500},
    )
  })
})
