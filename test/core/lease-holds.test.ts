import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {type Bundle, GroupLease} from '../../lib/core/index.ts'
import {TestLease} from './fakes.ts'
import {doFn, LeasedSource, rejection, settle, TestSink, until} from './support.ts'

/** Runs leased numbers through one stage into a sink that commits only when it is told to. */
async function run(count: number, stage: ReturnType<typeof doFn<number, number>>, size = 1000) {
  const source = new LeasedSource(count, size)
  const sink = new TestSink<unknown>({release: false})
  await pipeline(source, stage, sink)
  return {source, sink}
}

describe('a lease', () => {
  it('is held by finishBundle until its outputs are handed on, and each of them holds all of the bundle', async () => {
    const stage = doFn<number, number>({
      process: () => {},
      finishBundle: () => [1, 2],
    })
    const {source, sink} = await run(6, stage, 3)
    expect(source.acked).to.deep.equal([])
    const [first] = sink.got.splice(0, 1) as [Bundle<number>]
    first.leases![0]!.release()
    expect(source.acked).to.deep.equal([])
    first.leases![1]!.release()
    expect(source.acked).to.deep.equal([0, 1, 2])
    sink.releaseAll()
    expect(source.acked).to.deep.equal([0, 1, 2, 3, 4, 5])
  })

  it('is not released before finishBundle has ended, asynchronous or not', async () => {
    const source = new LeasedSource(3)
    let go = () => {}
    const wait = new Promise<void>(resolve => {
      go = resolve
    })
    const stage = doFn<number, number>({process: () => {}, finishBundle: () => wait})
    const done = pipeline(source, stage, new TestSink())
    await settle(20)
    expect(source.acked).to.deep.equal([])
    go()
    await done
    expect(source.acked).to.deep.equal([0, 1, 2])
  })

  it('of a bundle without outputs from finishBundle is released when that has ended', async () => {
    const {source} = await run(3, doFn<number, number>({process: () => {}, finishBundle: () => []}))
    expect(source.acked).to.deep.equal([0, 1, 2])
  })

  it('is not released when finishBundle fails', async () => {
    const source = new LeasedSource(3)
    const stage = doFn<number, number>({
      process: () => {},
      finishBundle() {
        throw new Error('no')
      },
    })
    await rejection(pipeline(source, stage, new TestSink()))
    expect(source.acked).to.deep.equal([])
  })

  it('is not released for what a destroyed stage still buffers', async () => {
    const source = new LeasedSource(5000)
    const stage = doFn(x => [x])
    const sink = new TestSink({stall: true})
    const done = pipeline(source, stage, sink).catch(() => {})
    await until(() => sink.values.length > 0)
    await settle()
    stage.destroy()
    await done
    await settle()
    expect(source.acked).to.deep.equal(sink.values)
  })

  it('is not released for elements in flight when the stage is destroyed', async () => {
    const source = new LeasedSource(10)
    const stage = doFn(async () => new Promise<number[]>(() => {}), {concurrency: 5})
    const done = pipeline(source, stage, new TestSink()).catch(() => {})
    await settle(20)
    stage.destroy()
    await done
    expect(source.acked).to.deep.equal([])
  })

  for (const answer of ['fails', 'has outputs', 'has none'])
    it(`is not released for a call that ends after another one has failed the stage, when it ${answer}`, async () => {
      const source = new LeasedSource(4)
      let go = () => {}
      const wait = new Promise<void>(resolve => {
        go = resolve
      })
      const stage = doFn<number, number>(
        async n => {
          if (n === 0) throw new Error('the first')
          await wait
          if (answer === 'fails') throw new Error('another')
          return answer === 'has outputs' ? [n] : []
        },
        {concurrency: 4},
      )
      const error = await rejection(pipeline(source, stage, new TestSink()))
      expect(error.message).to.include('the first')
      go()
      await settle(20)
      expect(source.acked).to.deep.equal([])
    })

  it('of many becomes one for what is made of them: released together', () => {
    const members = [new TestLease(0), new TestLease(1)]
    const group = new GroupLease(members)
    group.retain()
    group.release()
    expect(members.map(l => l.count)).to.deep.equal([1, 1])
    group.release()
    expect(members.map(l => l.count)).to.deep.equal([0, 0])
  })

  it('that was given back is not acknowledged by releases that come later', () => {
    const members = [new TestLease(0)]
    const group = new GroupLease(members)
    group.nack('no')
    group.release()
    expect(members[0]!.count).to.equal(1)
    expect(members[0]!.nacked).to.equal('no')
  })
})
