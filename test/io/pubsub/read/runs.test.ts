import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pipeline} from 'node:stream/promises'
import {PubSub} from '@google-cloud/pubsub'
import {expect} from 'chai'
import {PubSubMessage, readFromPubSub, writeToPubSub} from '../../../../lib/io/pubsub/index.ts'
import {Pipeline} from '../../../../lib/pipeline/index.ts'
import {collect, testSink} from '../../../../lib/testing/index.ts'
import {discard, map} from '../../../../lib/transforms/index.ts'
import {failure, until, useReading} from '../support/read-fixture.ts'

describe('readFromPubSub: runs', () => {
  const f = useReading()

  it('that drain give back what was never started, and finish the rest', async () => {
    await f.publish(...Array.from({length: 30}, (_, i) => String(i)))
    const source = f.source({highWaterMark: 1})
    const sink = testSink({stall: true, highWaterMark: 1})
    const done = pipeline(source, sink)
    await until(() => source.info.metrics.extra['received'] === 30)
    const drained = source.drain()
    sink.release()
    await drained
    await done
    expect(f.stats().outstanding).to.equal(0)
    expect(f.stats().unacked).to.equal(30 - sink.values.length)
  })

  it('that do not drain in time fail, and everything is given back', async () => {
    await f.publish('a', 'b')
    const source = f.source()
    const done = failure(pipeline(source, testSink({acknowledge: 'never'})))
    await until(() => source.info.metrics.extra['received'] === 2)
    const drained = source.drain({deadline: '5s'})
    await f.pass(6)
    await drained
    const error = await done
    expect(error.code).to.equal('ERR_SLUICE_DRAIN')
    expect(error.message).to.include('2 messages were given back')
    await until(() => f.stats().outstanding === 0)
    expect(f.stats().unacked).to.equal(2)
  })

  it('that are aborted acknowledge nothing that is not committed', async () => {
    await f.publish('a', 'b')
    const abort = new AbortController()
    const sink = testSink({acknowledge: 'never'})
    const done = failure(pipeline(f.source(), sink, {signal: abort.signal}))
    await sink.received(2)
    abort.abort()
    expect((await done).name).to.equal('AbortError')
    await until(() => f.stats().outstanding === 0)
    expect(f.stats().unacked).to.equal(2)
  })

  it('of a Pipeline drain and tell how the source stands', async () => {
    await f.publish('a', 'b')
    const p = new Pipeline()
    const source = f.source()
    p.apply('Read', source as never)
      .apply(
        'Map',
        map(x => x, {onError: 'nack'}),
      )
      .apply('Write', testSink())
    const run = p.run()
    await until(() => f.stats().unacked === 0)
    expect(run.metrics()[0]!.extra).to.include({received: 2, outstanding: 0, backlog: 0, oldestUnackedMs: 0})
    await run.drain()
    expect((await run).state).to.equal('done')
    await until(() => f.stats().consumers === 0)
  })

  it('over a topic make a subscription, say what is missed, and delete it at the end', async () => {
    const source = f.source({topic: 'my-topic'})
    const sink = testSink()
    const done = pipeline(source, sink)
    await until(() => source.info.metrics.extra['streams'] === 1)
    const [subscriptions] = await f.pubsub.getSubscriptions()
    const temporary = subscriptions.find(({name}) => name.includes('/sluice-my-topic-'))!
    const [{expirationPolicy}] = await temporary.getMetadata()
    expect(Number(expirationPolicy!.ttl!.seconds)).to.equal(86_400)
    expect(f.warnings.some(text => text.includes('while this job is not running'))).to.equal(true)
    await f.publish('a')
    await sink.received(1)
    expect(sink.ids[0]).to.match(/^projects\/local-project\/topics\/my-topic:/)
    await source.drain()
    await done
    expect((await temporary.exists())[0]).to.equal(false)
  })

  it('over a topic delete the subscription after a failure too', async () => {
    const source = f.source({topic: 'my-topic'})
    const error = failure(
      pipeline(
        source,
        map(() => expect.fail('no')),
        discard(),
      ),
    )
    await until(() => source.info.metrics.extra['streams'] === 1)
    await f.publish('a')
    await error
    await until(() => f.calls('deleteSubscription') === 1)
    const [subscriptions] = await f.pubsub.getSubscriptions()
    expect(subscriptions).to.have.length(1)
  })

  it('over a topic end well when the subscription cannot be deleted, and say that it will expire', async () => {
    f.cloud.faults.add({match: {call: 'pubsub.deleteSubscription'}, do: {kind: 'status', status: 7}})
    const source = f.source({topic: 'my-topic'})
    const done = pipeline(source, discard())
    await until(() => source.info.metrics.extra['streams'] === 1)
    await source.drain()
    await done
    expect(
      f.warnings.some(text => text.includes('could not be deleted') && text.includes('expires in a day')),
    ).to.equal(true)
  })

  it('over a missing topic fail, naming it', async () => {
    const error = await failure(pipeline(f.source({topic: 'no-topic'}), discard()))
    expect(error.code).to.equal('ERR_SLUICE_NOT_FOUND')
    expect(error.message).to.include('projects/local-project/topics/no-topic')
  })

  it('find names in full, and short ones in the given project', async () => {
    await f.publish('a')
    const source = f.source({subscription: 'projects/local-project/subscriptions/my-sub'})
    const done = pipeline(source, discard())
    await until(() => f.stats().unacked === 0)
    await source.drain()
    await done
    const error = await failure(pipeline(f.source({project: 'other-project'}), discard()))
    expect(error.message).to.include('projects/other-project/subscriptions/my-sub')
  })

  it('end within seconds without credentials', async () => {
    const saved = {...process.env}
    Object.assign(process.env, {GOOGLE_APPLICATION_CREDENTIALS: '/nowhere.json', GOOGLE_CLOUD_PROJECT: 'my-project'})
    try {
      const client = new PubSub({projectId: 'my-project', apiEndpoint: f.cloud.pubsub.host, emulatorMode: false})
      const error = await failure(pipeline(f.source({client}), discard()))
      expect(error.code).to.equal('ERR_SLUICE_CREDENTIALS')
    } finally {
      for (const name of ['GOOGLE_APPLICATION_CREDENTIALS', 'GOOGLE_CLOUD_PROJECT'])
        if (saved[name] === undefined) delete process.env[name]
        else process.env[name] = saved[name]
    }
  })

  it('warn of a sink that keeps rows for longer than half the ack deadline', async () => {
    const source = f.source()
    const sink = writeToPubSub({topic: 'my-topic', client: f.pubsub, batch: {maxDelay: '6s'}})
    const done = pipeline(source, sink)
    await until(() => f.stats().consumers === 1)
    expect(f.warnings).to.have.length(1)
    expect(f.warnings[0]).to.include('maxDelay')
    await source.drain()
    await done
  })
})

describe('readFromPubSub: replay', () => {
  let dir: string
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'replay-'))
  })
  after(() => rm(dir, {recursive: true}))

  const file = async (name: string, ...lines: unknown[]) => {
    const path = join(dir, name)
    await writeFile(path, lines.map(line => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'))
    return path
  }
  const base64 = (text: string) => Buffer.from(text).toString('base64')

  it('gives the messages of files, bare or in an envelope, as a subscription would', async () => {
    const replay = await file(
      'a.jsonl',
      {
        data: base64('{"n":1}'),
        messageId: '7',
        publishTime: '2024-01-01T00:00:00Z',
        attributes: {k: 'v'},
        orderingKey: 'o',
      },
      '',
      {message: {data: base64('{"n":2}'), messageId: '8'}, ackId: 'x'},
    )
    const messages = await collect(readFromPubSub<{n: number}>({replay, withAttributes: true, decode: 'json'}))
    expect(messages[0]).to.be.instanceOf(PubSubMessage)
    expect(messages.map(m => ({...m}))).to.deep.include.members([
      {
        data: {n: 1},
        attributes: {k: 'v'},
        id: '7',
        publishTime: new Date('2024-01-01T00:00:00Z'),
        orderingKey: 'o',
        deliveryAttempt: undefined,
      },
    ])
    expect(messages.map(({data}) => data.n)).to.deep.equal([1, 2])
  })

  it('has ids by message id, and timestamps by the option', async () => {
    const replay = await file('b.jsonl', {messageId: '7', attributes: {at: '1000'}}, {attributes: {at: '2000'}})
    const sink = testSink()
    const source = readFromPubSub({replay, timestampAttribute: 'at'})
    source.tagged('rejects').pipe(testSink())
    await pipeline(source, sink)
    expect(sink.ids.map(id => id!.split(':').at(-1))).to.deep.equal(['7', '@45'])
    expect(sink.timestamps).to.deep.equal([1000, 2000])
  })

  it('sets messages aside that cannot be decoded', async () => {
    const replay = await file('c.jsonl', {data: base64('{oops')}, {data: base64('1')})
    const source = readFromPubSub({replay, decode: 'json'})
    const rejects = testSink()
    source.tagged('rejects').pipe(rejects)
    expect(await collect(source)).to.deep.equal([1])
    expect(rejects.values).to.have.length(1)
  })

  it('lets a job with messages that are acknowledged by hand run unchanged', async () => {
    const replay = await file('d.jsonl', {data: base64('a')})
    const [message] = await collect(readFromPubSub({replay, ack: 'manual'}))
    message!.ack()
    message!.nack()
    expect(String(message!.data)).to.equal('a')
  })

  for (const [what, line, reason] of [
    ['no JSON', '{oops', /JSON/],
    ['no object', '[1]', /the line is not an object/],
    ['data that is no base64', '{"data":"%"}', /data is not base64/],
    ['an attribute that is no text', '{"attributes":{"a":1}}', /attribute a is not a string/],
    ['a publish time that is none', '{"publishTime":"yesterday"}', /publishTime is 'yesterday'/],
  ] as const)
    it(`fails at a line with ${what}, naming file and line`, async () => {
      const replay = await file('bad.jsonl', {data: base64('a')}, line)
      const error = await failure(collect(readFromPubSub({replay})))
      expect(error.code).to.equal('ERR_SLUICE_PUBSUB')
      expect(error.message).to.include('bad.jsonl, line 2').and.to.match(reason)
    })
})
