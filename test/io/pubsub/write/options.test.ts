import {PassThrough} from 'node:stream'
import {expect} from 'chai'
import {writeToPubSub} from '../../../../lib/io/pubsub/index.ts'
import {parseSinkOptions} from '../../../../lib/io/pubsub/write/options.ts'
import {thrown} from '../../../batching/manual-clock.ts'

describe('writeToPubSub: options', () => {
  const topic = 'my-topic'

  it('have defaults: 500 messages, 1 MiB, 10 ms, 16 requests; 15 minutes, a minute for each request', () => {
    const {policy, retry} = parseSinkOptions({topic})
    expect(policy).to.deep.equal({maxRows: 500, maxBytes: 1_048_576, maxDelay: 10, maxInFlight: 16})
    expect(retry).to.deep.equal({firstDelay: 100, longestDelay: 32_000, total: 900_000, requestTimeout: 60_000})
  })

  it('may ask for as much as a request takes, and forever', () => {
    const {policy, retry} = parseSinkOptions({topic, batch: {maxRows: 1000, maxBytes: '10MB'}, retryFor: 'forever'})
    expect(policy.maxRows).to.equal(1000)
    expect(policy.maxBytes).to.be.within(9_990_000, 10_000_000)
    expect(retry.total).to.equal(Number.POSITIVE_INFINITY)
  })

  const bad: [string, object, string][] = [
    ['topic', {topic: undefined}, 'a topic'],
    ['topic', {topic: '7ab'}, 'at most 255 characters'],
    ['topic', {topic: 'projects/pr/subscriptions/sub'}, 'not one of the subscriptions'],
    ['project', {topic, project: 'Not A Project'}, 'a project id'],
    ['project', {topic: 'projects/one/topics/abc', project: 'two'}, 'names its project'],
    ['orderingKey', {topic, orderingKey: 'key'}, 'a function of the row'],
    ['attributes', {topic, attributes: {a: '1'}}, 'a function of the row'],
    ['encode', {topic, encode: 'json'}, 'a function of the row'],
    ['idAttribute', {topic, idAttribute: 'googleId'}, "'goog'"],
    ['idAttribute', {topic, idAttribute: ''}, 'the key of an attribute'],
    ['batch', {topic, batch: 5}, 'maxRows'],
    ['batch.maxRows', {topic, batch: {maxRows: 1001}}, '1 to 1000'],
    ['batch.maxBytes', {topic, batch: {maxBytes: '11MB'}}, '1 to 10000000'],
    ['batch.maxDelay', {topic, batch: {maxDelay: 'soon'}}, "'5s'"],
    ['batch.maxInFlight', {topic, batch: {maxInFlight: 0}}, 'at least 1'],
    ['requestTimeout', {topic, requestTimeout: '11m'}, 'at most 600000 ms'],
    ['retryFor', {topic, retryFor: 'long'}, "'forever'"],
    ['deadLetter', {topic, deadLetter: new PassThrough()}, 'object mode'],
    ['client', {topic, client: {}}, 'new PubSub()'],
    ['allowMixedTargets', {topic, allowMixedTargets: 'yes'}, 'true or false'],
  ]
  for (const [name, options, allowed] of bad)
    it(`refuse ${name}: ${JSON.stringify(options).slice(0, 60)}`, () => {
      const error = thrown(() => writeToPubSub(options as never))
      expect(error).to.include({code: 'ERR_SLUICE_OPTION', stage: 'writeToPubSub'})
      expect(error.message).to.contain(`option \`${name}\``).and.contain(allowed)
    })

  it('refuse unknown names, and know where the batch options are', () => {
    expect(thrown(() => writeToPubSub({topic, orderKey: 1} as never)).message).to.contain('unknown option `orderKey`')
    expect(thrown(() => writeToPubSub({topic, batch: {maxRow: 1}} as never)).message).to.contain(
      'did you mean `maxRows`',
    )
  })

  it('refuse to be absent', () => {
    expect(thrown(() => writeToPubSub(undefined as never))).to.include({code: 'ERR_SLUICE_OPTION'})
  })

  it('name the stage in errors when it has a name', () => {
    expect(thrown(() => writeToPubSub({name: 'Out', topic: '7'}))).to.include({stage: 'Out'})
  })

  it('tell where it connects to, for the check of mixed targets', () => {
    expect(writeToPubSub({topic}).info.target!()).to.include({service: 'pubsub', variable: 'PUBSUB_EMULATOR_HOST'})
  })
})
