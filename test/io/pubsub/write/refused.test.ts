import {type ClientConfig, PubSub} from '@google-cloud/pubsub'
import {expect} from 'chai'
import type {PubSubWriteOptions} from '../../../../lib/io/pubsub/index.ts'
import {PubSubMessage} from '../../../../lib/io/pubsub/index.ts'
import {failure} from '../../../batching/manual-clock.ts'
import {isKind, LocalTopic, texts} from '../support/local-topic.ts'

describe('writeToPubSub: rows that are refused', () => {
  const local = new LocalTopic()
  const circle: {self?: unknown} = {}
  circle.self = circle
  const message = (attributes: Record<string, string>, more: {data?: string; orderingKey?: string} = {}) =>
    new PubSubMessage({data: 'x', ...more, attributes})
  const many = (count: number) => Object.fromEntries(texts(count).map(key => [key, '']))

  const bad: [string, unknown, RegExp][] = [
    ['with more than 10,000,000 bytes', Buffer.alloc(10_000_000), /has 10000000 bytes.*at most 10000000/],
    ['without data and attributes', '', /data or at least one attribute/],
    ['with more than 100 attributes', message(many(101)), /at most 100 attributes, not 101/],
    ['with a key of more than 256 bytes', message({['ü'.repeat(129)]: ''}), /1 to 256 bytes, not 258/],
    ['with an empty key', message({'': ''}), /1 to 256 bytes, not 0/],
    ["with a key that begins with 'goog'", message({googol: ''}), /'goog' are reserved/],
    ['with a value of more than 1,024 bytes', message({a: 'ü'.repeat(513)}), /at most 1024 bytes, not 1026/],
    ['with a value that is no string', message({a: 7 as never}), /is a string, not 7/],
    ['with half a surrogate pair', message({a: '\ud83d'}), /not well-formed/],
    [
      'with an ordering key of more than 1,024 bytes',
      message({}, {orderingKey: 'k'.repeat(1025)}),
      /at most 1024 bytes/,
    ],
    ['that is a circle', circle, /contains itself/],
    ['that is a Map', new Map([[1, 2]]), /is Map\(1\) .* which would be {} in JSON/],
    ['that holds a Map', {a: [new Map()]}, /^field 'a\[0\]' is Map\(0\)/],
    ['that is a typed array of numbers', new Float64Array(1), /is Float64Array/],
    ['that is NaN', Number.NaN, /is NaN, which JSON cannot hold; give `encode`/],
    ['that holds NaN', {a: {b: Number.NaN}}, /^field 'a\.b' is NaN/],
    ['that holds an invalid Date', {at: new Date(Number.NaN)}, /^field 'at' is an invalid Date/],
    ['that holds undefined in an array', [undefined], /^field '\[0\]' is undefined/],
    ['that is a function', () => 1, /is a function/],
    ['that is half a surrogate pair', '\ud83d', /half a surrogate pair/],
  ]
  for (const [what, row, reason] of bad)
    it(`${what}: the reason says why, the others are published`, async () => {
      const rejects = await local.refused<unknown>(['before', row, 'after'], local.sink())
      expect(rejects).to.have.length(1)
      expect(Object.is(rejects[0]![0], row)).to.equal(true)
      expect(rejects[0]![1]).to.match(reason)
      expect(await local.data()).to.deep.equal(['before', 'after'])
    })

  const functions: [string, Partial<PubSubWriteOptions<string>>, RegExp][] = [
    ['topic() throws', {topic: () => fail()}, /^topic\(\) threw: oops$/],
    ['topic() gives no name', {topic: row => (row === 'bad' ? '7' : local.topic)}, /^topic\(\) returned '7', not /],
    ['orderingKey() throws', {orderingKey: () => fail()}, /^orderingKey\(\) threw: oops$/],
    ['orderingKey() gives no string', {orderingKey: () => undefined as never}, /returned undefined; return a string/],
    ['attributes() throws', {attributes: () => fail()}, /^attributes\(\) threw: oops$/],
    ['attributes() gives a Map', {attributes: () => new Map() as never}, /returned Map\(0\) {}; return an object/],
    ['encode() throws', {encode: () => fail()}, /^encode\(\) threw: oops$/],
    ['encode() gives an object', {encode: () => ({}) as never}, /returned {}; return a Buffer or a string/],
  ]
  const fail = () => {
    throw new Error('oops')
  }
  for (const [what, options, reason] of functions)
    it(`because ${what}`, async () => {
      const rejects = await local.refused(['bad'], local.sink<string>(options))
      expect(rejects[0]![1]).to.match(reason)
      expect(local.publishes).to.deep.equal([])
    })

  it('the largest message that a request takes is published', async () => {
    // topic and data, each with a tag of 1 byte and a length, in a message with the same, and an empty key
    const rest = 2 + local.full.length + 5 + 5 + 2
    await local.write([Buffer.alloc(10_000_000 - rest)])
    expect(local.publishes.map(({status}) => status)).to.deep.equal([0])
    expect(local.publishes[0]!.requestBytes).to.be.within(10_000_000 - 10, 10_000_000)
  })

  it('by the service as invalid: the one stands alone in the end, the others are published', async () => {
    // of 8: all, its half, its quarter, itself
    local.fault({kind: 'status', status: 3, message: 'the schema says no'}, {nth: [1, 2, 3, 4]})
    const rejects = await local.refused(texts(8), local.sink({idAttribute: 'id'}))
    expect(rejects).to.deep.equal([['m0', 'the schema says no']])
    expect((await local.data()).sort()).to.deep.equal(texts(7, 1))
  })

  it('fail the run where nobody takes them, with how many are published already', async () => {
    const sink = local.sink({batch: {maxRows: 2, maxInFlight: 1}})
    sink.write('a')
    sink.write('b')
    await sink.flush()
    const failed = failure(new Promise((_, reject) => sink.on('error', reject)))
    sink.write(Number.NaN)
    const error = await failed
    expect(error).to.include({code: 'ERR_SLUICE_BATCH', stage: 'writeToPubSub', count: 1, written: 2})
    expect(error.message)
      .to.contain(`${local.full} refused 1 row: `)
      .and.contain('is NaN, which JSON cannot hold')
      .and.contain('failedRows()')
  })
})

describe('writeToPubSub: topics', () => {
  const local = new LocalTopic()

  it('may be chosen row by row, by full and short names', async () => {
    const other = await local.addTopic()
    const full = `projects/local-project/topics/${other}`
    const topic = (row: string) => (row.endsWith('1') ? full : local.topic)
    await local.write(texts(22), local.sink<string>({topic, batch: {maxRows: 5}}))
    expect((await local.data(other)).sort()).to.deep.equal(['m1', 'm11', 'm21'])
    expect(await local.data()).to.have.length(19)
  })

  it('short names are of the option `project`', async () => {
    await local.client.topic('projects/another-project/topics/mine').create()
    await local.write(['a'], local.sink({topic: 'mine', project: 'another-project'}))
    await local.write(['a'], local.sink({topic: () => 'mine', project: 'another-project'}))
    expect(local.publishes.map(({status}) => status)).to.deep.equal([0, 0])
  })

  describe('without a project', () => {
    const VARIABLES = ['GOOGLE_CLOUD_PROJECT', 'GCLOUD_PROJECT']
    const saved = VARIABLES.map(name => process.env[name])
    before(() => {
      for (const name of VARIABLES) delete process.env[name]
    })
    after(() => {
      for (const [i, name] of VARIABLES.entries()) if (saved[i] !== undefined) process.env[name] = saved[i]
    })
    const client = () => {
      const {projectId: _, ...options} = local.cloud.clientOptions.pubsub as ClientConfig
      return new PubSub(options)
    }

    it('full names do', async () => {
      await local.write(['a'], local.sink({topic: local.full, client: client()}))
      await local.write(['b'], local.sink({topic: () => local.full, client: client()}))
      expect(await local.data()).to.deep.equal(['a', 'b'])
    })

    for (const [what, topic] of [
      ['a short name', 'short'],
      ['a short name that the function gives', () => 'short'],
    ] as const)
      it(`${what} fails the run, with the fix`, async () => {
        const error = await failure(local.write(['a'], local.sink({topic, client: client()})))
        expect(error).to.include({code: 'ERR_SLUICE_CREDENTIALS', stage: 'writeToPubSub'})
        expect(error.message).to.contain('short').and.contain('GOOGLE_CLOUD_PROJECT')
      })
  })

  it('that do not exist fail the run at once, with name and fix', async () => {
    const error = await failure(local.write(['a'], local.sink({topic: 'nope-nope'})))
    expect(error).to.include({code: 'ERR_SLUICE_NOT_FOUND', stage: 'writeToPubSub'})
    expect(error.message).to.match(
      /^writeToPubSub: projects\/local-project\/topics\/nope-nope does not exist \(.*\); .* create it: gcloud pubsub topics create nope-nope --project=local-project/,
    )
    expect(local.publishes).to.have.length(1)
    expect(isKind(error.cause, 'not-found')).to.equal(true)
  })

  it('that do not exist and were given by the function are named, too', async () => {
    const error = await failure(local.write(['a'], local.sink({topic: () => 'nope-nope'})))
    expect(error.message).to.contain('projects/local-project/topics/nope-nope does not exist')
  })

  it('need pubsub.topics.publish and nothing else', async () => {
    local.cloud.permissions = ['pubsub.topics.publish']
    await local.write(['a'])
    local.cloud.permissions = []
    local.cloud.log.clear()
    const error = await failure(local.write(['a']))
    expect(error).to.include({code: 'ERR_SLUICE_PERMISSION', stage: 'writeToPubSub'})
    expect(error.message).to.contain(local.full).and.contain('pubsub.topics.publish')
    expect(local.publishes).to.have.length(1)
  })
})
