import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {useClock} from '../../../../lib/core/index.ts'
import {PubSubMessage} from '../../../../lib/io/pubsub/index.ts'
import {Pipeline} from '../../../../lib/pipeline/index.ts'
import {FakeClock, testSource} from '../../../../lib/testing/index.ts'
import {failure, settle, until} from '../../../batching/manual-clock.ts'
import {LocalTopic, texts} from '../support/local-topic.ts'

describe('writeToPubSub: what a row becomes', () => {
  const local = new LocalTopic()

  it('text is UTF-8, bytes are as they are, everything else is JSON', async () => {
    await local.write(['grüße', Buffer.from('bytes'), new Uint8Array([104, 105]), {a: 1, at: new Date(0)}, 7, [1]])
    expect(await local.data()).to.deep.equal([
      'grüße',
      'bytes',
      'hi',
      '{"a":1,"at":"1970-01-01T00:00:00.000Z"}',
      '7',
      '[1]',
    ])
  })

  it('a PubSubMessage keeps its data, attributes and ordering key', async () => {
    await local.write([
      new PubSubMessage({data: Buffer.from('a'), attributes: {kind: 'x'}, orderingKey: 'k'}),
      new PubSubMessage({data: 'b'}),
      new PubSubMessage({data: {c: 1}}),
      new PubSubMessage({data: undefined, attributes: {only: 'attributes'}}),
    ])
    const landed = (await local.landed()).map(({id: _, ...rest}) => rest)
    expect(landed).to.have.deep.members([
      {data: 'a', attributes: {kind: 'x'}, key: 'k'},
      {data: 'b', attributes: {}, key: ''},
      {data: '{"c":1}', attributes: {}, key: ''},
      {data: '', attributes: {only: 'attributes'}, key: ''},
    ])
  })

  it("functions add to a PubSubMessage's attributes and override them and the ordering key", async () => {
    const message = new PubSubMessage({data: 'a', attributes: {one: '1', two: '2'}, orderingKey: 'old'})
    const sink = local.sink<PubSubMessage<string>>({
      attributes: row => ({two: row.data, three: '3'}),
      orderingKey: () => 'new',
    })
    await local.write([message], sink)
    expect(await local.landed())
      .to.have.nested.property('[0].attributes')
      .that.deep.equals({one: '1', two: 'a', three: '3'})
  })

  it('functions give attributes, ordering key and data of a row', async () => {
    const sink = local.sink<{id: number; who: string}>({
      attributes: ({id}) => ({id: String(id)}),
      orderingKey: ({who}) => who,
      encode: ({id, who}) => (id === 1 ? `${who}!` : Buffer.from(who)),
    })
    await local.write(
      [
        {id: 1, who: 'ann'},
        {id: 2, who: 'bob'},
      ],
      sink,
    )
    const landed = (await local.landed()).map(({id: _, ...rest}) => rest)
    expect(landed).to.have.deep.members([
      {data: 'ann!', attributes: {id: '1'}, key: 'ann'},
      {data: 'bob', attributes: {id: '2'}, key: 'bob'},
    ])
  })
})

describe('writeToPubSub: batches', () => {
  const local = new LocalTopic()

  it('have up to batch.maxRows messages', async () => {
    await local.write(texts(25), local.sink({batch: {maxRows: 10}}))
    expect(local.publishes.map(({messages}) => messages).sort()).to.deep.equal([10, 10, 5])
    expect((await local.data()).sort()).to.deep.equal(texts(25).sort())
  })

  it('have at most batch.maxBytes, measured as the request is serialized', async () => {
    const sink = local.sink<string>({
      batch: {maxBytes: 2000},
      attributes: row => ({key: row.slice(0, 100), ü: 'ö'}),
      orderingKey: () => 'k',
    })
    await local.write(
      Array.from({length: 50}, (_, i) => `${i}`.repeat(i * 3)),
      sink,
    )
    const topic = local.full.length + 2
    for (const {requestBytes} of local.publishes) expect(requestBytes - topic).to.be.at.most(2000)
    expect(local.publishes.some(({requestBytes}) => requestBytes - topic > 1700)).to.equal(true)
  })

  it('are 500 messages, 1 MiB and 10 ms by default', async () => {
    const clock = new FakeClock()
    const sink = local.sink()
    useClock(sink.info, clock)
    sink.write('a')
    await until(() => clock.pending.includes(10))
    await clock.advance('9ms')
    expect(local.publishes).to.have.length(0)
    await clock.advance('1ms')
    await until(() => local.publishes.length === 1)
    sink.destroy()
    await local.write(texts(1001))
    expect(
      local.publishes
        .slice(1)
        .map(({messages}) => messages)
        .sort(),
    ).to.deep.equal([1, 500, 500])
    local.cloud.log.clear()
    await local.write(Array.from({length: 5}, () => 'x'.repeat(500_000)))
    expect(local.publishes.map(({messages}) => messages).sort()).to.deep.equal([1, 2, 2])
  })

  it('count rows, requests, retries, bytes and refused rows', async () => {
    const sink = local.sink<string>({attributes: () => ({ab: 'cd'}), orderingKey: () => 'key'})
    await local.write(['abc', 'de'], sink)
    expect(sink.info.metrics.extra).to.deep.equal({
      rows: 2,
      batches: 1,
      retries: 0,
      bytes: 5 + 2 * (4 + 3),
      rejected: 0,
      stoppedKeys: 0,
    })
  })

  it('an empty input asks for nothing', async () => {
    await local.write([], local.sink({topic: 'does-not-exist'}))
    expect(local.publishes).to.deep.equal([])
  })
})

describe("writeToPubSub: 'finish'", () => {
  const local = new LocalTopic()

  it('comes only after every publish is confirmed', async () => {
    local.fault({kind: 'hang'}, {nth: 2})
    const sink = local.sink({batch: {maxRows: 10}, requestTimeout: '20s'})
    let finished = false
    const running = local.write(texts(20), sink).then(() => {
      finished = true
    })
    await until(() => sink.info.metrics.extra['rows'] === 10 && local.publishes.length === 2)
    await settle(50)
    expect(finished).to.equal(false)
    local.clock.advance(20_000)
    await running
    expect((await local.data()).sort()).to.deep.equal(texts(20).sort())
  })

  it('flush() resolves when everything written so far is confirmed, and the sink continues', async () => {
    const sink = local.sink()
    sink.write('a')
    await sink.flush()
    expect(await local.data()).to.deep.equal(['a'])
    sink.end('b')
    await sink.flush()
    expect(await local.data()).to.deep.equal(['b'])
  })

  it('a run that is drained publishes what is waiting for its batch, and then acknowledges it', async () => {
    async function* bundles() {
      yield texts(3)
      await new Promise(() => {})
    }
    local.clock.skip = () => false
    const source = testSource(bundles(), {leases: true})
    const sink = local.sink({batch: {maxDelay: '1h'}})
    const p = new Pipeline({name: 'drained'})
    p.apply('Read', source).apply('Write', sink)
    const run = p.run()
    await until(() => source.pulled === 3)
    await settle(20)
    expect(local.publishes).to.deep.equal([])
    await run.drain()
    await run
    expect(await local.data()).to.deep.equal(texts(3))
    expect(source.acked).to.deep.equal(texts(3))
  })

  it('a destroyed sink publishes nothing more and ends its calls', async () => {
    local.fault({kind: 'hang'})
    const sink = local.sink({batch: {maxRows: 1}})
    const running = failure(local.write(texts(3), sink))
    await until(() => local.publishes.length === 3)
    sink.destroy(new Error('enough'))
    expect((await running).message).to.equal('enough')
    local.cloud.faults.clear()
    expect(await local.data()).to.deep.equal([])
  })

  for (const [what, orderingKey] of [
    ['without keys', () => ''],
    ['with a key for each row', (row: string) => row],
  ] as const)
    it(`no more is held than maxInFlight batches in flight and as much again, ${what}, while nothing is answered`, async () => {
      local.fault({kind: 'hang'})
      const bundles = Array.from({length: 1000}, (_, i) => texts(50, i * 50))
      const source = testSource(bundles)
      const sink = local.sink<string>({batch: {maxRows: 100, maxInFlight: 3}, orderingKey})
      const running = failure(pipeline(source, sink))
      await until(() => local.publishes.length === 3)
      await settle(300)
      expect(local.publishes).to.have.length(3)
      // in flight, waiting, and a bundle or two in each of the two streams' buffers
      expect(source.pulled).to.be.within(300, 600 + 200)
      sink.destroy(new Error('enough'))
      expect((await running).message).to.equal('enough')
    })
})
