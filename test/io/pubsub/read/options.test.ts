import {expect} from 'chai'
import {readFromPubSub} from '../../../../lib/io/pubsub/index.ts'

describe('readFromPubSub: options', () => {
  const subscription = 'my-sub'
  const bad: [object | undefined, string][] = [
    [undefined, 'options'],
    [{}, '`subscription`'],
    [{subscription, topic: 'my-topic'}, 'given: subscription and topic'],
    [{subscription: '7x'}, '`subscription`'],
    [{subscription: 'projects/p/topics/my-topic'}, 'not one of the topics'],
    [{subscription: 'a/b'}, 'projects/PROJECT/subscriptions/NAME'],
    [{topic: 7}, '`topic`'],
    [{subscription, project: 'No'}, '`project`'],
    [{subscription, ack: 'never'}, '`ack`'],
    [{subscription, ack: 'manual', withAttributes: false}, '`withAttributes`'],
    [{subscription, decode: 'xml'}, '`decode`'],
    [{subscription, idAttribute: ''}, '`idAttribute`'],
    [{subscription, timestampAttribute: 1}, '`timestampAttribute`'],
    [{subscription, decode: 'json', numbers: 'bigint'}, '`numbers`'],
    [{subscription, numbers: 'text'}, "give it only with decode: 'json'"],
    [{subscription, maxOutstanding: 0}, '`maxOutstanding`'],
    [{subscription, maxOutstandingBytes: '1 potato'}, '`maxOutstandingBytes`'],
    [{subscription, maxLease: '10'}, '`maxLease`'],
    [{subscription, streams: 0}, '`streams`'],
    [{subscription, dedupWindow: -1}, '`dedupWindow`'],
    [{subscription, client: {}}, '`client`'],
    [{subscription, allowMixedTargets: 1}, '`allowMixedTargets`'],
    [{subscription, maxOutstandings: 1}, 'did you mean `maxOutstanding`'],
    [{replay: ''}, 'pattern'],
  ]
  for (const [options, text] of bad)
    it(`refuse ${JSON.stringify(options)}`, () => {
      expect(() => readFromPubSub(options as never))
        .to.throw(text)
        .with.property('code', 'ERR_SLUICE_OPTION')
    })
})
