import {subscribe, unsubscribe} from 'node:diagnostics_channel'
import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {
  DoFn,
  type DoFnOptions,
  type ProcessContext,
  type SideInput,
  type StandstillMessage,
  sinkIdentity,
  useClock,
} from '../../../lib/core/index.ts'
import {asList} from '../../../lib/transforms/index.ts'
import {FakeClock, TestLogger} from '../fakes.ts'
import {
  doFn,
  LeasedSource,
  ManualSource,
  numberSource,
  numbers,
  rejection,
  settle,
  TestSink,
  TestSource,
  until,
} from '../support.ts'

interface Sides {
  all: readonly number[]
}

/** Adds the number of elements of its side input; notes what is called when. */
class Add extends DoFn<number, number, {}, Sides> {
  readonly calls: string[] = []
  constructor(all: SideInput<readonly number[]>, options?: DoFnOptions) {
    super({...options, side: {all}})
  }
  override setup() {
    this.calls.push('setup')
  }
  override startBundle() {
    this.calls.push('startBundle')
  }
  override process(n: number, c: ProcessContext<{}, Sides>) {
    this.calls.push('process')
    return [n + c.side.all.length]
  }
  override teardown() {
    this.calls.push('teardown')
  }
}

/** Adds without hooks, so that bundles may overlap. */
class AddSoon extends DoFn<number, number, {}, Sides> {
  override async process(n: number, c: ProcessContext<{}, Sides>) {
    await settle(1)
    return [n + c.side.all.length]
  }
}

describe('a DoFn with side inputs', () => {
  it('calls setup at once, startBundle and process only when they are there', async () => {
    const side = new ManualSource<number>()
    const stage = new Add(asList(side))
    const sink = new TestSink<number>()
    const done = pipeline(numberSource(2), stage, sink)
    await until(() => stage.calls.length > 0)
    side.give([1, 2, 3])
    await settle()
    expect(stage.calls).to.deep.equal(['setup'])
    side.finish()
    await done
    expect(stage.calls).to.deep.equal(['setup', 'startBundle', 'process', 'process', 'teardown'])
    expect(sink.values).to.deep.equal([3, 4])
  })

  it('reads no more of its input than fits its buffers while it waits', async () => {
    const side = new ManualSource<number>()
    const source = numberSource(100_000)
    const done = pipeline(source, new Add(asList(side)), new TestSink<number>())
    await settle(50)
    expect(source.pulled).to.be.at.most(5000)
    side.finish()
    await done
    expect(source.pulled).to.equal(100_000)
  })

  it('keeps ids, and acknowledges the messages of its input, as any other does', async () => {
    const [source, sink] = [new LeasedSource(3), new TestSink<number>()]
    await pipeline(source, new Add(asList(numberSource(1))), sink)
    expect(sink.ids).to.deep.equal(['s:0.0', 's:1.0', 's:2.0'])
    expect(source.acked).to.deep.equal([0, 1, 2])
  })

  it('leaves the identity of sinks as it is, which ids are made with', async () => {
    const [source, sink, other] = [numberSource(3), new TestSink<number>(), new TestSink<number>()]
    const split = doFn((n, c) => {
      c.emit('odd', n)
      return [n]
    })
    const all = asList<number>(split.tagged('odd') as Readable)
    await Promise.all([pipeline(numberSource(1), new Add(all), other), pipeline(source, split, sink)])
    expect(other.values).to.deep.equal([3])
    expect([sink, other].map(({info}) => sinkIdentity(info))).to.deep.equal(['#0', '#0'])
  })

  it('sees them in asynchronous calls of overlapping bundles', async () => {
    const sink = new TestSink<number>()
    await pipeline(numberSource(30, 7), new AddSoon({concurrency: 10, side: {all: asList(numberSource(5))}}), sink)
    expect(sink.values).to.deep.equal(numbers(30, 5))
  })

  it('fails with the cause when one of them fails, without waiting for elements', async () => {
    const cause = new Error('disk gone')
    async function* failing() {
      yield [1]
      throw cause
    }
    const main = new ManualSource<number>()
    const error = await rejection(
      pipeline(main, new Add(asList(new TestSource(failing(), {name: 'Rates'}))), new TestSink<number>()),
    )
    expect(error).to.include({code: 'ERR_SLUICE_SOURCE', stage: 'Rates', cause})
    expect(main.destroyed).to.equal(true)
  })

  it('fails when one of them is destroyed before its end', async () => {
    const side = new ManualSource<number>()
    const done = pipeline(numberSource(1), new Add(asList(side)), new TestSink<number>())
    await settle()
    side.destroy()
    const error = await rejection(done)
    expect(error['code']).to.equal('ERR_SLUICE_SIDE_INPUT')
    expect(error.message).to.include("Add: side input 'all' could not be read: Premature close")
  })

  it('fails for messages of a source that did not say that it has some', async () => {
    const side = new LeasedSource(3, 3, {}, false)
    const error = await rejection(pipeline(numberSource(1), new Add(asList(side)), new TestSink<number>()))
    expect(error).to.include({code: 'ERR_SLUICE_SIDE_INPUT', stage: 'Add'})
    expect(side.acked).to.deep.equal([])
  })

  it('fails at once when another one has failed with the same side input', async () => {
    const side = new ManualSource<number>()
    const all = asList(side)
    const first = pipeline(numberSource(1), new Add(all), new TestSink<number>())
    await settle()
    side.destroy(new Error('gone'))
    expect((await rejection(first)).message).to.include('gone')
    expect((await rejection(pipeline(numberSource(1), new Add(all), new TestSink<number>()))).message).to.include(
      'gone',
    )
  })

  it('stops reading them when it is destroyed while it waits, and tears down', async () => {
    const side = new ManualSource<number>()
    const stage = new Add(asList(side))
    const done = pipeline(numberSource(1), stage, new TestSink<number>())
    await until(() => stage.calls.length > 0)
    stage.destroy(new Error('enough'))
    expect((await rejection(done)).message).to.equal('enough')
    await settle()
    expect(side.destroyed).to.equal(true)
    expect(stage.calls).to.deep.equal(['setup', 'teardown'])
  })

  it('leaves alone what feeds others too when it is destroyed', async () => {
    const shared = new ManualSource<number>()
    const [other, stage] = [new TestSink<number>(), new Add(asList(shared))]
    shared.pipe(other)
    const done = pipeline(numberSource(1), stage, new TestSink<number>())
    await until(() => stage.calls.length > 0)
    stage.destroy()
    await rejection(done)
    shared.give([1])
    shared.finish()
    await until(() => other.writableFinished)
    expect(other.values).to.deep.equal([1])
  })

  it('waits for them at the end of an empty input too: what is wrong with them fails every run', async () => {
    const side = new ManualSource<number>()
    const stage = new Add(asList(side))
    const sink = new TestSink<number>()
    let over = false
    const done = pipeline(numberSource(0), stage, sink).finally(() => {
      over = true
    })
    await settle(20)
    expect(over).to.equal(false)
    side.finish()
    await done
    expect(stage.calls).to.deep.equal([])
  })

  it('fails in plain streams when its side input comes from the source of its input', async () => {
    const source = numberSource(50_000)
    const stage = new Add(asList(source))
    const error = await rejection(pipeline(source, stage, new TestSink<number>()))
    expect(error).to.include({code: 'ERR_SLUICE_SIDE_INPUT', stage: 'Add'})
    expect(stage.calls).to.deep.equal([])
    expect(error.message).to.include('Use Pipeline')
    expect(source.pulled).to.be.at.most(10_000)
  })

  it('fails likewise over other stages and tagged outputs in between', async () => {
    const split = doFn((n, c) => {
      c.emit('odd', n)
      return [n]
    })
    const odd = doFn(n => [n])
    split.tagged('odd').pipe(odd)
    const error = await rejection(
      pipeline(
        numberSource(9),
        split,
        doFn(n => [n]),
        new Add(asList(odd)),
        new TestSink<number>(),
      ),
    )
    expect(error['code']).to.equal('ERR_SLUICE_SIDE_INPUT')
  })

  it('fails likewise when that source is a foreign stream', async () => {
    const source = Readable.from(numbers(50_000))
    const stage = new Add(asList<number>(source))
    const error = await rejection(pipeline(source, stage, new TestSink<number>()))
    expect(error).to.include({code: 'ERR_SLUICE_SIDE_INPUT', stage: 'Add'})
  })

  it('fails when two of them wait for each other crosswise', async () => {
    const [a, b] = [numberSource(50_000), numberSource(50_000)]
    const [one, two] = [new Add(asList(b), {name: 'One'}), new Add(asList(a), {name: 'Two'})]
    const errors = await Promise.all([
      rejection(pipeline(a, one, new TestSink<number>())),
      rejection(pipeline(b, two, new TestSink<number>())),
    ])
    expect(errors.map(error => error['code'])).to.include('ERR_SLUICE_SIDE_INPUT')
  })

  describe('that waits without end', () => {
    const heard: StandstillMessage[] = []
    const listener = (message: unknown) => void heard.push(message as StandstillMessage)
    beforeEach(() => {
      heard.length = 0
      subscribe('sluice:standstill', listener)
    })
    afterEach(() => unsubscribe('sluice:standstill', listener))

    it('is reported after 30 s in which nothing has come, once, with the name of the side input', async () => {
      const [clock, logger, side] = [new FakeClock(), new TestLogger(), new ManualSource<number>()]
      const stage = new Add(asList(side), {name: 'Enrich', logger})
      const source = numberSource(50_000, 1000, {logger})
      useClock(stage.info, clock)
      useClock(source.info, clock)
      const done = pipeline(source, stage, new TestSink<number>())
      await settle(20)
      await clock.advance(20_000)
      side.give([1])
      await settle()
      await clock.advance(20_000)
      expect(heard).to.deep.equal([])
      await clock.advance(90_000)
      expect(heard).to.deep.equal([{stage: 'Enrich', output: 'side.all', waitedMs: 30_000}])
      expect(logger.lines).to.have.length(1)
      expect(logger.lines[0])
        .to.include("Enrich has waited 30.0 s for its side input 'all'")
        .and.to.include('1 elements')
      side.finish()
      await done
      expect(clock.pending).to.equal(0)
    })

    it('is reported once when one waits for the view of another: by that one', async () => {
      const [clock, logger, side] = [new FakeClock(), new TestLogger(), new ManualSource<number>()]
      const [inner, outer] = [new Add(asList(side), {name: 'Inner', logger}), doFn(n => [n], {name: 'Between', logger})]
      numberSource(50_000, 1000, {logger}).pipe(inner).pipe(outer)
      const stage = new Add(asList<number>(outer), {name: 'Outer', logger})
      for (const {info} of [inner, outer, stage]) useClock(info, clock)
      const done = pipeline(numberSource(50_000, 1000, {logger}), stage, new TestSink<number>())
      await settle(20)
      await clock.advance(90_000)
      expect(heard.map(message => [message.stage, message.output])).to.deep.equal([['Inner', 'side.all']])
      side.finish()
      await done
      expect(clock.pending).to.equal(0)
    })
  })
})
