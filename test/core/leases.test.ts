import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {deadLetter} from '../../lib/core/index.ts'
import {doFn, LeasedSource, numbers, settle, TestSink, TestSource, until} from './support.ts'

/** Runs leased numbers through one stage into a sink that commits only when it is told to. */
async function run(count: number, stage: ReturnType<typeof doFn<number, number>>, size = 1000) {
  const source = new LeasedSource(count, size)
  const sink = new TestSink<unknown>({release: false})
  await pipeline(source, stage, sink)
  return {source, sink}
}

const counts = (source: LeasedSource) => source.leases.map(l => l.count)

describe('a lease', () => {
  it('is released by the sink, after its write', async () => {
    const source = new LeasedSource(3)
    const sink = new TestSink({release: false})
    await pipeline(source, sink)
    expect(source.acked).to.deep.equal([])
    sink.releaseAll()
    expect(source.acked).to.deep.equal([0, 1, 2])
  })

  for (const [how, wrap] of [
    ['', <T>(x: T) => x],
    [' (asynchronous)', async <T>(x: T) => x],
  ] as const) {
    it(`passes through a map unchanged${how}`, async () => {
      const {source, sink} = await run(
        3,
        doFn(x => wrap(x * 2), {}, 'map'),
      )
      expect(counts(source)).to.deep.equal([1, 1, 1])
      sink.releaseAll()
      expect(source.acked).to.deep.equal([0, 1, 2])
    })

    it(`passes through a tap unchanged${how}`, async () => {
      const {source, sink} = await run(
        3,
        doFn(() => wrap(undefined), {}, 'tap'),
      )
      expect(counts(source)).to.deep.equal([1, 1, 1])
      sink.releaseAll()
      expect(source.acked).to.deep.equal([0, 1, 2])
    })

    it(`is released by a filter that drops the element${how}`, async () => {
      const {source, sink} = await run(
        4,
        doFn(x => wrap(x % 2 === 0), {}, 'filter'),
      )
      expect(source.acked).to.deep.equal([1, 3])
      sink.releaseAll()
      expect(source.acked).to.deep.equal([0, 1, 2, 3])
    })

    it(`is retained once per output, and released for an element without one${how}`, async () => {
      const {source, sink} = await run(
        4,
        doFn(x => wrap(numbers(x))),
      )
      expect(counts(source)).to.deep.equal([0, 1, 2, 3])
      sink.releaseAll()
      expect(source.acked).to.deep.equal([0, 1, 2, 3])
    })

    it(`is retained once per value on a tag${how}`, async () => {
      const stage = doFn((x, c) => {
        c.emit('side', x)
        c.emit('side', x)
        c.emit('unclaimed', x)
        return wrap([x])
      })
      const side = new TestSink({release: false})
      stage.tagged('side').pipe(side)
      const {source, sink} = await run(2, stage)
      expect(counts(source)).to.deep.equal([3, 3])
      sink.releaseAll()
      expect(counts(source)).to.deep.equal([2, 2])
      side.releaseAll()
      expect(source.acked).to.deep.equal([0, 1])
    })

    it(`of an element that failed goes with its dead letter, what it had given is given back${how}`, async () => {
      const stage = doFn<number, number>(
        async function* (x) {
          yield x
          await wrap(0)
          if (x === 1) throw new Error('bad')
        },
        {onError: deadLetter('bad')},
      )
      const bad = new TestSink({release: false})
      stage.tagged('bad').pipe(bad)
      const {source, sink} = await run(2, stage)
      expect(counts(source)).to.deep.equal([1, 1])
      sink.releaseAll()
      expect(source.acked).to.deep.equal([0])
      bad.releaseAll()
      expect(source.acked).to.deep.equal([0, 1])
    })
  }

  it('of an element that failed in a synchronous process goes with its dead letter', async () => {
    const stage = doFn<number, number>(
      {
        *process(x, c) {
          yield x
          c.emit('side', x)
          if (x === 1) throw new Error('bad')
        },
      },
      {onError: deadLetter('bad')},
    )
    const bad = new TestSink({release: false})
    const side = new TestSink()
    stage.tagged('bad').pipe(bad)
    stage.tagged('side').pipe(side)
    const {source, sink} = await run(2, stage)
    sink.releaseAll()
    expect(source.acked).to.deep.equal([0])
    bad.releaseAll()
    expect(source.acked).to.deep.equal([0, 1])
  })

  it('is retained by each of the many outputs of one element, and released after the last', async () => {
    const stage = doFn<number, number>({
      *process() {
        yield* numbers(2500)
      },
    })
    const source = new LeasedSource(2)
    const sink = new TestSink({release: false, stall: true})
    const done = pipeline(source, stage, sink)
    await until(() => sink.values.length > 0)
    sink.go()
    await done
    expect(counts(source)).to.deep.equal([2500, 2500])
    sink.releaseAll()
    expect(source.acked).to.deep.equal([0, 1])
  })

  it('is retained once per further destination of one stream', async () => {
    const source = new LeasedSource(3)
    const sinks = [new TestSink({release: false}), new TestSink({release: false}), new TestSink({release: false})]
    for (const sink of sinks) source.pipe(sink)
    await until(() => sinks.every(s => s.writableFinished))
    for (const [i, sink] of sinks.entries()) {
      expect(counts(source)).to.deep.equal([3 - i, 3 - i, 3 - i])
      sink.releaseAll()
    }
    expect(source.acked).to.deep.equal([0, 1, 2])
  })

  it('is counted by who got it, when a destination is taken away in mid-stream', async () => {
    const source = new LeasedSource(20, 10)
    const a = new TestSink({release: false, stall: true})
    const b = new TestSink({release: false})
    source.pipe(a)
    source.pipe(b)
    await until(() => a.values.length === 10)
    source.unpipe(a)
    await until(() => b.writableFinished)
    a.go()
    a.end()
    await until(() => a.writableFinished)
    b.releaseAll()
    expect(source.acked).to.deep.equal(numbers(20).filter(x => !a.values.includes(x)))
    a.releaseAll()
    expect(source.acked).to.deep.equal(numbers(20))
  })

  it('of a claimed tag goes to the tag, whether the element has a main output or not', async () => {
    const stage = doFn<number, number>((x, c) => {
      c.emit('side', x)
    })
    const side = new TestSink({release: false})
    stage.tagged('side').pipe(side)
    const {source} = await run(3, stage)
    expect(source.acked).to.deep.equal([])
    side.releaseAll()
    expect(source.acked).to.deep.equal([0, 1, 2])
  })

  it('waits in a stage that is piped on later only', async () => {
    const source = new LeasedSource(3)
    const stage = doFn(x => [x])
    source.pipe(stage)
    await settle(20)
    const sink = new TestSink({release: false})
    stage.pipe(sink)
    await until(() => sink.writableFinished)
    expect(sink.values).to.deep.equal([0, 1, 2])
    sink.releaseAll()
    expect(source.acked).to.deep.equal([0, 1, 2])
  })
})

describe('values without leases', () => {
  it('pay nothing for them', async () => {
    const sink = new TestSink()
    await pipeline(
      new TestSource([[1, 2, 3]]),
      doFn(x => [x], {}, 'process'),
      sink,
    )
    expect(sink.got.map(b => [b.leases, b.ids, b.timestamps])).to.deep.equal([])
  })
})
