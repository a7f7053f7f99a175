import {PassThrough} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {DerivedIds, outputMark} from '../../../lib/core/bundle/ids.ts'
import {Bundle, ListIds, OffsetIds, PrefixedIds, SequenceIds, sinkIdentity} from '../../../lib/core/index.ts'
import {doFn, numberSource, numbers, TestSink, TestSource, until, withIds} from '../support.ts'

/** Ids of what comes out of a stage that numbers 0…9 go through, cut into bundles of `size`. */
async function idsOf(stage: ReturnType<typeof doFn<number, number>>, size = 10, count = 10) {
  const sink = new TestSink<number>()
  await pipeline(numberSource(count, size), stage, sink)
  return sink.ids
}

describe('ids', () => {
  it('are the byte offsets of records, under a prefix that names file and generation', async () => {
    const sink = new TestSink<string>()
    const ids = new OffsetIds('gs://b/o#7', [0, 17, 40])
    await pipeline(new TestSource([new Bundle(['a', 'b', 'c'], {ids})]), sink)
    expect(sink.ids).to.deep.equal(['gs://b/o#7:0', 'gs://b/o#7:17', 'gs://b/o#7:40'])
  })

  it('may be given one by one', () => {
    expect(new ListIds('sub', ['x', 'y']).at(1)).to.equal('y')
  })

  it('pass through a map unchanged', async () => {
    expect(await idsOf(doFn(x => -x, {}, 'map'))).to.deep.equal(numbers(10).map(k => `s:${k}`))
  })

  it('pass through a filter unchanged', async () => {
    expect(await idsOf(doFn(x => x > 6, {}, 'filter'))).to.deep.equal(['s:7', 's:8', 's:9'])
  })

  it('pass through a tap unchanged', async () => {
    expect(await idsOf(doFn(() => false, {}, 'tap'))).to.deep.equal(numbers(10).map(k => `s:${k}`))
  })

  it('get .k for the k-th output of process', async () => {
    expect(
      await idsOf(
        doFn(x => numbers(x)),
        4,
        4,
      ),
    ).to.deep.equal(['s:1.0', 's:2.0', 's:2.1', 's:3.0', 's:3.1', 's:3.2'])
  })

  it('get the bundle’s last id and .f.k for the k-th output of finishBundle', async () => {
    const stage = doFn<number, number>({process: () => {}, finishBundle: () => [1, 2]})
    expect(await idsOf(stage, 2, 4)).to.deep.equal(['s:1.f.0', 's:1.f.1', 's:3.f.0', 's:3.f.1'])
  })

  it('name the tag on a tagged output', async () => {
    const stage = doFn<number, number>((x, c) => {
      c.emit('side', x)
      c.emit('other', x)
      c.emit('side', x)
      return [x]
    })
    const side = new TestSink()
    stage.tagged('side').pipe(side)
    stage.tagged('other').pipe(new TestSink())
    expect(await idsOf(stage, 1, 1)).to.deep.equal(['s:0.0'])
    expect(side.ids).to.deep.equal(['s:0.side.0', 's:0.side.2'])
    expect(outputMark('side')).to.equal('.side.')
  })

  it('are the same in asynchronous calls', async () => {
    const body = (x: number, c: {emit(tag: string, v: number): void}) => {
      c.emit('side', x)
      return numbers(x % 3)
    }
    const found: unknown[] = []
    for (const process of [body, async (...args: Parameters<typeof body>) => body(...args)]) {
      const stage = doFn<number, number>(process, {concurrency: 4})
      const side = new TestSink()
      stage.tagged('side').pipe(side)
      found.push([await idsOf(stage, 3), side.ids])
    }
    expect(found[0]).to.deep.equal(found[1])
  })

  it('are the same however the input is cut into bundles', async () => {
    const make = () => doFn(x => numbers(x % 4))
    const whole = await idsOf(make(), 1000, 1000)
    for (const size of [1, 7, 333, 999]) expect(await idsOf(make(), size, 1000)).to.deep.equal(whole)
  })

  it('of rows that passed before stay the same when a filter lets more through', async () => {
    const strict = await idsOf(
      doFn(x => x % 4 === 0, {}, 'filter'),
      3,
    )
    const loose = await idsOf(
      doFn(x => x % 2 === 0, {}, 'filter'),
      5,
    )
    expect(loose).to.include.members(strict as string[])
  })

  it('of further outputs do not change those that were there', async () => {
    const fewer = await idsOf(
      doFn(x => [x]),
      3,
    )
    const more = await idsOf(
      doFn(x => [x, x]),
      3,
    )
    expect(more).to.include.members(fewer as string[])
  })

  it('build up over stages, unique for every output', async () => {
    const sink = new TestSink<number>()
    await pipeline(
      numberSource(50, 7),
      doFn(x => numbers(x % 3)),
      doFn(x => x, {}, 'map'),
      doFn(x => [x, x], {concurrency: 3}),
      sink,
    )
    expect(sink.ids[0]).to.equal('s:1.0.0')
    expect(new Set(sink.ids).size).to.equal(sink.ids.length)
  })

  it('end at a foreign stream', async () => {
    const sink = new TestSink<number>()
    await pipeline(
      numberSource(3),
      new PassThrough({objectMode: true}),
      doFn(x => [x]),
      sink,
    )
    expect(sink.ids).to.deep.equal([undefined, undefined, undefined])
  })

  it('are kept when a stage is piped on only after it has worked', async () => {
    const stage = numberSource(3).pipe(doFn(x => [x]))
    await until(() => stage.readableLength > 0)
    const sink = new TestSink<number>()
    stage.pipe(sink)
    await until(() => sink.writableFinished)
    expect(sink.ids).to.deep.equal(['s:0.0', 's:1.0', 's:2.0'])
  })

  it('get a longer prefix per input of a join, so that two branches of one source never collide', () => {
    const ids = new SequenceIds('s', 0)
    const [left, right] = [new PrefixedIds(ids, '0'), new PrefixedIds(ids, '1')]
    expect(left.at(3)).to.equal(right.at(3))
    expect([left.prefix, right.prefix]).to.deep.equal(['s|0', 's|1'])
  })

  it('of different prefixes stay apart in one stage', async () => {
    const sink = new TestSink<number>()
    const other = new Bundle([7], {ids: new SequenceIds('t', 7)})
    await pipeline(
      new TestSource([withIds([1], 1), other]),
      doFn(async x => [x], {concurrency: 2}),
      sink,
    )
    expect(sink.ids).to.deep.equal(['s:1.0', 't:7.0'])
  })

  it('are cut with their bundle', () => {
    const part = withIds(numbers(10), 0, {watermark: 5}).slice(4, 6)
    expect([part.ids!.at(0), part.ids!.at(1), part.watermark]).to.deep.equal(['4', '5', Number.NEGATIVE_INFINITY])
  })

  it('are made only when somebody asks', () => {
    const ids = new DerivedIds({prefix: 's', at: () => expect.fail('asked')}, [0], [0])
    expect(ids.prefix).to.equal('s')
  })
})

describe('the identity of a sink', () => {
  it('is its name if it has one', () => {
    expect(sinkIdentity(new TestSink({name: 'Orders'}).info)).to.equal('Orders')
  })

  it('else its place among the sinks that hang on the same source, in order of connection', () => {
    const source = numberSource(1)
    const [a, b] = [doFn(x => [x]), doFn(x => [x])]
    const [s0, s1, s2] = [new TestSink(), new TestSink(), new TestSink()]
    source.pipe(a)
    source.pipe(b)
    a.pipe(s0)
    a.pipe(s1)
    b.pipe(s2)
    expect([s0, s1, s2].map(s => sinkIdentity(s.info))).to.deep.equal(['#0', '#1', '#2'])
  })

  it('counts sinks after a foreign stream, in either order of piping', () => {
    for (const order of [1, 2]) {
      const source = numberSource(1)
      const [s0, s1] = [new TestSink(), new TestSink()]
      const foreign = new PassThrough({objectMode: true})
      source.pipe(s0)
      if (order === 2) foreign.pipe(s1)
      source.pipe(foreign)
      if (order === 1) foreign.pipe(s1)
      expect([s0, s1].map(s => sinkIdentity(s.info))).to.deep.equal(['#0', '#1'])
    }
  })

  it('does not change when the source has ended while rows are still on their way', async () => {
    const source = numberSource(3)
    const sinks = [new TestSink<number>({stall: true}), new TestSink<number>({stall: true})]
    for (const sink of sinks)
      pipeline(
        source,
        doFn(x => [x]),
        sink,
      ).catch(() => {})
    await until(() => source.readableEnded && sinks.every(s => s.values.length > 0))
    expect(sinks.map(s => sinkIdentity(s.info))).to.deep.equal(['#0', '#1'])
    for (const sink of sinks) sink.go()
    await until(() => sinks.every(s => s.writableFinished))
  })

  it('is #0 for a sink alone', () => {
    expect(sinkIdentity(new TestSink().info)).to.equal('#0')
  })
})
