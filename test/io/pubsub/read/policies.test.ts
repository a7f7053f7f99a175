import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {deadLetter, silentLogger} from '../../../../lib/core/index.ts'
import {deadLetterRow} from '../../../../lib/dead-letters/index.ts'
import {testSink} from '../../../../lib/testing/index.ts'
import {batchElements, discard, flatMap, keys, kvSwap, map, parDo, tee} from '../../../../lib/transforms/index.ts'
import {failure, until, useReading} from '../support/read-fixture.ts'

describe('readFromPubSub: messages that fail', () => {
  const f = useReading({subscription: {}})

  it('are named in the error, with delivery attempt and what to do', async () => {
    const [id] = await f.publish('poison')
    const error = await failure(
      pipeline(
        f.source(),
        map(() => expect.fail('no good'), {name: 'parse'}),
        discard(),
      ),
    )
    expect(error.code).to.equal('ERR_SLUICE_PROCESS')
    expect(error.message)
      .to.include('parse: no good')
      .and.include(`message ${id} of projects/local-project/subscriptions/my-sub`)
      .and.include("onError: deadLetter('tag')")
      .and.include("onError: 'nack'")
    expect(f.stats().unacked).to.equal(1)
  })

  it('are warned of once at the start, by the names of the steps that would fail', async () => {
    const source = f.source()
    const steps = [
      map(x => x, {name: 'one'}),
      map(x => x, {name: 'two', onError: 'nack'}),
      map(x => x, {name: 'three'}),
    ]
    const done = pipeline(source, steps[0]!, steps[1]!, steps[2]!, discard())
    await until(() => f.stats().consumers === 1)
    expect(f.warnings).to.have.length(1)
    expect(f.warnings[0]).to.include('one, three fail the run').and.include('deadLetter')
    await source.drain()
    await done
  })

  it('are not warned of when no step fails the run', async () => {
    const source = f.source()
    const done = pipeline(
      source,
      map(x => x, {onError: 'nack'}),
      discard(),
    )
    await until(() => f.stats().consumers === 1)
    expect(f.warnings).to.deep.equal([])
    await source.drain()
    await done
  })

  it('are not warned of behind steps that fail for no element, as those of the recipe for dead letters', async () => {
    const source = f.source()
    const parse = map((data: Buffer) => JSON.parse(String(data)), {onError: deadLetter('bad')})
    parse.tagged('bad').pipe(map(deadLetterRow)).pipe(discard())
    const done = pipeline(source, parse, tee(discard()), kvSwap(), keys(), batchElements({max: 5}), discard())
    await until(() => f.stats().consumers === 1)
    expect(f.warnings).to.deep.equal([])
    await source.drain()
    await done
  })

  it("go to the subscription's own dead-letter topic with onError: 'nack', and the others go through", async () => {
    const [dead] = await f.pubsub.createTopic('dead-topic')
    await dead.createSubscription('dead-sub')
    await f.topic.createSubscription('policy-sub', {
      deadLetterPolicy: {deadLetterTopic: dead.name, maxDeliveryAttempts: 5},
    })
    await f.publish('good', 'poison', 'better')
    const source = f.source({subscription: 'policy-sub', withAttributes: true})
    const attempts: unknown[] = []
    const fail = map(
      (message: {data: Buffer; deliveryAttempt?: number | undefined}) => {
        if (String(message.data) !== 'poison') return String(message.data)
        attempts.push(message.deliveryAttempt)
        throw new Error('no')
      },
      {onError: 'nack'},
    )
    const sink = testSink()
    const done = pipeline(source, fail, sink)
    const name = (sub: string) => `projects/local-project/subscriptions/${sub}`
    for (let s = 0; s < 60 && f.cloud.pubsub.stats(name('policy-sub'))!.unacked > 0; s++) await f.pass(1)
    expect(sink.values).to.deep.equal(['good', 'better'])
    expect(attempts).to.deep.equal([1, 2, 3, 4, 5])
    expect(f.cloud.pubsub.stats(name('dead-sub'))!.unacked).to.equal(1)
    await source.drain()
    await done
  })

  it('of a step with several outputs leave none of them behind when they are given back', async () => {
    await f.publish('a')
    let calls = 0
    const source = f.source()
    const several = parDo(
      function* () {
        yield 1
        if (++calls === 1) throw new Error('half-way')
        yield 2
      },
      {onError: 'nack'},
    )
    const sink = testSink()
    const done = pipeline(source, several, sink)
    for (let s = 0; s < 10 && sink.values.length < 2; s++) await f.pass(1)
    expect(sink.values).to.deep.equal([1, 2])
    await until(() => f.stats().unacked === 0)
    await source.drain()
    await done
  })
})

describe('readFromPubSub: batches that cannot fill', () => {
  const f = useReading({subscription: {}})

  it('are told of at the start where a message gives one element at most', async () => {
    const source = f.source({maxOutstanding: 10})
    const batch = batchElements({max: 11, name: 'Batch'})
    const done = pipeline(
      source,
      map(x => x, {onError: 'nack'}),
      batch,
      discard(),
    )
    await until(() => f.stats().consumers === 1)
    expect(f.warnings).to.have.length(1)
    expect(f.warnings[0]).to.match(
      /^Batch gathers 11 elements \(`max`\), and readFromPubSub has at most 10 messages out \(`maxOutstanding`\)/,
    )
    await source.drain()
    await done
  })

  it('are not told of where they fill', async () => {
    const source = f.source({maxOutstanding: 10})
    const done = pipeline(source, batchElements({max: 10}), discard())
    await until(() => f.stats().consumers === 1)
    expect(f.warnings).to.deep.equal([])
    await source.drain()
    await done
  })

  it('are told of when it happens where a message may give any number of elements', async () => {
    const source = f.source({maxOutstanding: 2})
    const warnings: string[] = []
    const logger = {...silentLogger, warn: (message: string) => void warnings.push(message)}
    const batch = f.clock.attach(batchElements({max: 5, name: 'Batch', logger}))
    const split = flatMap((x: unknown) => [x, x], {onError: 'nack'})
    const done = pipeline(source, split, batch, discard())
    await f.publish('a', 'b', 'c')
    await until(() => batch.info.metrics.in === 4)
    expect(warnings).to.deep.equal([])
    await f.pass(1)
    expect(warnings).to.have.length(1)
    expect(warnings[0]).to.include('at most 2 messages out')
    await f.pass(2)
    expect(warnings).to.have.length(1)
    await source.drain()
    await done
  })
})
