import {once} from 'node:events'
import {expect} from 'chai'
import {Bundle, SideBuffer} from '../../../lib/core/index.ts'
import {waitsForItself} from '../../../lib/core/streams/side-waits.ts'
import {doFn, LeasedSource, ManualSource, numberSource, numbers, settle, TestSink} from '../support.ts'

/** A buffer before a stage that waits until `ready` is set. */
function bufferOf(budget: number) {
  const sides = {ready: false}
  const stage = doFn(n => [n], {name: 'Enrich'})
  const buffer = new SideBuffer(stage.info, sides, budget)
  return {sides, stage, buffer}
}

describe('SideBuffer', () => {
  for (const budget of [0, 1e9])
    it(`takes everything while its stage waits, and hands all on in order, with ${budget} bytes in memory`, async () => {
      const {sides, stage, buffer} = bufferOf(budget)
      const [source, sink] = [numberSource(50_000), new TestSink<number>({stall: true})]
      buffer.pipe(stage).pipe(sink)
      source.pipe(buffer)
      await once(source, 'end')
      expect(buffer.info.metrics.in).to.be.greaterThan(45_000)
      sides.ready = true
      sink.go()
      await once(sink, 'finish')
      expect(sink.values).to.deep.equal(numbers(50_000))
      const spilled = stage.info.metrics.extra['spilled'] ?? 0
      if (budget === 0) expect(spilled).to.be.within(45_000, 49_000)
      else expect(spilled).to.equal(0)
    })

  it('takes no more than any stage does when its stage need not wait', async () => {
    const {sides, stage, buffer} = bufferOf(1e9)
    sides.ready = true
    const [source, sink] = [numberSource(50_000), new TestSink<number>({stall: true})]
    buffer.pipe(stage).pipe(sink)
    source.pipe(buffer)
    await settle(50)
    expect(source.pulled).to.be.at.most(10_000)
    sink.go()
    await once(sink, 'finish')
    expect(sink.values).to.deep.equal(numbers(50_000))
  })

  it('keeps the leases of what is on disk, and hands them on', async () => {
    const {sides, stage, buffer} = bufferOf(0)
    const [source, sink] = [new LeasedSource(5000, 100), new TestSink<number>({stall: true})]
    buffer.pipe(stage).pipe(sink)
    source.pipe(buffer)
    await once(source, 'end')
    expect(stage.info.metrics.extra['spilled']).to.be.greaterThan(3000)
    expect(source.acked.length).to.be.at.most(200)
    sides.ready = true
    sink.go()
    await once(sink, 'finish')
    expect(source.acked).to.deep.equal(numbers(5000))
    expect(sink.ids[4999]).to.equal('s:4999.0')
  })

  it('leaves the leases of what it holds alone when it is destroyed', async () => {
    const {stage, buffer} = bufferOf(0)
    const source = new LeasedSource(5000, 100)
    buffer.pipe(stage).pipe(new TestSink<number>({stall: true}))
    source.pipe(buffer)
    await once(source, 'end')
    buffer.destroy()
    await settle(20)
    expect(source.leases.filter(lease => lease.count !== 1 && !lease.acked)).to.deep.equal([])
    expect(source.acked.length).to.be.at.most(200)
  })
})

describe('the watermark after a SideBuffer', () => {
  it('waits with what came before it, once however often it moves', async () => {
    const {sides, stage, buffer} = bufferOf(0)
    const [source, sink] = [new ManualSource<number>(), new TestSink<number>({stall: true})]
    buffer.pipe(stage).pipe(sink)
    source.pipe(buffer)
    for (let k = 1; k <= 20; k++) {
      source.give(new Bundle([k], {watermark: k * 1000}))
      for (let m = 1; m <= 20; m++) source.give(new Bundle<number>([], {watermark: k * 1000 + m}))
    }
    source.finish()
    await once(source, 'end')
    expect(buffer.readableLength).to.be.at.most(2)
    sides.ready = true
    sink.go()
    await once(sink, 'finish')
    expect(sink.values).to.deep.equal(numbers(20, 1))
    expect(sink.watermarks).to.deep.equal([...sink.watermarks].sort((a, b) => a - b))
    expect(sink.watermarks.at(-1)).to.equal(20_020)
  })
})

describe('a node waits for itself', () => {
  /** `in`: inputs of each node, `side`: its side inputs. */
  const graph = (edges: Record<string, {in?: string[]; side?: string[]}>) => (node: string) =>
    waitsForItself(node, {
      inputs: n => edges[n]?.in ?? [],
      sides: n => edges[n]?.side ?? [],
      takers: n => Object.keys(edges).filter(name => edges[name]!.in?.includes(n)),
    })

  it('when input and side input have a common source', () => {
    expect(graph({read: {}, d: {in: ['read'], side: ['read']}})('d')).to.equal(true)
    expect(graph({read: {}, a: {in: ['read']}, b: {in: ['read']}, d: {in: ['a'], side: ['b']}})('d')).to.equal(true)
  })
  it('not when they have none', () => {
    expect(graph({a: {}, b: {}, d: {in: ['a'], side: ['b']}})('d')).to.equal(false)
    expect(graph({a: {}, b: {}, other: {in: ['b']}, d: {in: ['a'], side: ['b']}})('d')).to.equal(false)
  })
  it('when what its side input is made of feeds a node that waits for its own input', () => {
    const wait = graph({a: {}, b: {}, one: {in: ['a'], side: ['b']}, two: {in: ['b'], side: ['a']}})
    expect([wait('one'), wait('two')]).to.deep.equal([true, true])
  })
  it('when the side input is made by a node that has a side input of its source', () => {
    const wait = graph({a: {}, b: {}, e: {in: ['b'], side: ['a']}, d: {in: ['a'], side: ['e']}})
    expect([wait('d'), wait('e')]).to.deep.equal([true, true])
  })
})
