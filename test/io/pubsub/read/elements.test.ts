import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {PubSubMessage, type PubSubReadOptions} from '../../../../lib/io/pubsub/index.ts'
import {testSink} from '../../../../lib/testing/index.ts'
import {failure, useReading} from '../support/read-fixture.ts'

describe('readFromPubSub: elements', () => {
  const f = useReading()

  /** What comes out for what was published. */
  async function elements(options: Partial<PubSubReadOptions>, count: number): Promise<unknown[]> {
    const source = f.source(options)
    const sink = testSink()
    const done = pipeline(source, sink)
    await sink.received(count)
    await source.drain()
    await done
    return sink.values
  }

  it('are Buffers by default', async () => {
    await f.publish('héllo')
    const [data] = await elements({}, 1)
    expect(Buffer.isBuffer(data)).to.equal(true)
    expect(String(data)).to.equal('héllo')
  })

  it('are strings with decode: text', async () => {
    await f.publish('héllo')
    expect(await elements({decode: 'text'}, 1)).to.deep.equal(['héllo'])
  })

  it('are values with decode: json', async () => {
    await f.publish('{"a":[1]}', '5')
    expect(await elements({decode: 'json'}, 2)).to.deep.equal([{a: [1]}, 5])
  })

  it('have numbers exactly, or as `numbers` says', async () => {
    const data = '{"id":9007199254740993}'
    await f.publish(data, data, data)
    expect(await elements({decode: 'json'}, 3)).to.deep.equal(Array(3).fill({id: 9007199254740993n}))
    await f.publish(data)
    expect(await elements({decode: 'json', numbers: 'text'}, 1)).to.deep.equal([{id: '9007199254740993'}])
    await f.publish(data)
    expect(await elements({decode: 'json', numbers: 'double'}, 1)).to.deep.equal([{id: 9007199254740992}])
  })

  it('are what a function makes of data and message', async () => {
    await f.publish({data: 'x', attributes: {k: 'v'}})
    const decode: PubSubReadOptions['decode'] = (data, {attributes}) => `${data}${attributes['k']}`
    expect(await elements({decode}, 1)).to.deep.equal(['xv'])
  })

  it('are messages with withAttributes', async () => {
    const [id] = await f.publish({data: '{"n":1}', attributes: {k: 'v'}, orderingKey: 'o'})
    const [message] = await elements({withAttributes: true, decode: 'json'}, 1)
    expect(message).to.be.instanceOf(PubSubMessage)
    expect({...(message as object)}).to.deep.equal({
      data: {n: 1},
      attributes: {k: 'v'},
      id,
      publishTime: new Date(f.clock.now()),
      orderingKey: 'o',
      deliveryAttempt: undefined,
    })
  })

  it('have ids that are made of subscription and message id, and the time of publishing', async () => {
    const [id] = await f.publish('x')
    const source = f.source()
    const sink = testSink()
    const done = pipeline(source, sink)
    await sink.received(1)
    expect(sink.ids).to.deep.equal([`projects/local-project/subscriptions/my-sub:${id}`])
    expect(sink.timestamps).to.deep.equal([f.clock.now()])
    await source.drain()
    await done
  })

  const bad: [string, Partial<PubSubReadOptions>, string, RegExp][] = [
    ['JSON that is none', {decode: 'json'}, '{oops', /JSON/],
    ['null', {decode: 'json'}, 'null', /the data is null/],
    [
      'a number that would be rounded',
      {decode: 'json'},
      '{"a":[0.12345678901234567]}',
      /^field 'a\[0\]': .*`numbers: 'text'`/,
    ],
    ['a decode that throws', {decode: () => expect.fail('no good')}, 'x', /no good/],
    ['a decode that gives nothing', {decode: () => undefined}, 'x', /decode\(\) returned undefined/],
    ['a missing timestamp', {timestampAttribute: 'at'}, 'x', /attribute 'at' is missing/],
  ]
  for (const [what, options, data, reason] of bad)
    it(`set ${what} aside, with the message, and the message is acknowledged when that is committed`, async () => {
      const [id] = await f.publish(data)
      const source = f.source(options)
      const rejects = testSink<{element: PubSubMessage; error: string}>({acknowledge: 'never'})
      source.tagged('rejects').pipe(rejects)
      const done = pipeline(source, testSink())
      await rejects.received(1)
      const [{element, error} = {} as never] = rejects.values
      expect(error).to.match(reason)
      expect(element.id).to.equal(id)
      expect(String(element.data)).to.equal(data)
      expect(f.stats().unacked).to.equal(1)
      rejects.bundles[0]!.leases![0]!.release()
      await source.drain()
      await done
      expect(f.stats().unacked).to.equal(0)
    })

  it('set bytes aside that are not UTF-8', async () => {
    await f.topic.publishMessage({data: Buffer.from([0xff, 0xfe])})
    const source = f.source({decode: 'text'})
    const rejects = testSink<{element: PubSubMessage}>()
    source.tagged('rejects').pipe(rejects)
    const done = pipeline(source, testSink())
    await rejects.received(1)
    expect(rejects.values[0]!.element.data).to.deep.equal(Buffer.from([0xff, 0xfe]))
    await source.drain()
    await done
  })

  it('fail the run when they cannot be decoded and nobody reads the rejects, and stay unacknowledged', async () => {
    const [id] = await f.publish('{oops')
    const error = await failure(pipeline(f.source({decode: 'json'}), testSink()))
    expect(error.code).to.equal('ERR_SLUICE_UNCLAIMED_DEAD_LETTER')
    expect(error.message).to.include(`message ${id}`).and.include("tagged('rejects')")
    expect(f.stats().unacked).to.equal(1)
  })

  it('may not come of a decode that answers with a promise', async () => {
    await f.publish('x')
    const error = await failure(pipeline(f.source({decode: async () => 1}), testSink()))
    expect(error.code).to.equal('ERR_SLUICE_OPTION')
    expect(error.message).to.include('synchronous')
  })
})
