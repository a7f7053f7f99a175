import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import type {Bundle} from '../../lib/core/index.ts'
import {doFn, numberSource, numbers, settle, TestSink, TestSource, until} from './support.ts'

describe('the synchronous path', () => {
  it('awaits nothing: a bundle has passed three stages before the next microtask', async () => {
    const happened: string[] = []
    const note = (name: string) => (x: number) => {
      if (name === 'a' && x === 0) queueMicrotask(() => happened.push('microtask'))
      happened.push(`${name}${x}`)
      return [x]
    }
    const sink = new TestSink<number>()
    await pipeline(new TestSource([numbers(3)]), doFn(note('a')), doFn(note('b')), doFn(note('c')), sink)
    expect(happened).to.deep.equal([...['a0', 'a1', 'a2', 'b0', 'b1', 'b2', 'c0', 'c1', 'c2'], 'microtask'])
  })

  it('is taken by arrays, generators, other iterables and nothing', async () => {
    const sink = new TestSink<string>()
    const stage = doFn<number, string>(x => {
      if (x === 0) return ['array']
      if (x === 1)
        return (function* () {
          yield 'generator'
        })()
      if (x === 2) return new Set(['set'])
      if (x === 3) return null
      return undefined
    })
    await pipeline(numberSource(6), stage, sink)
    expect(sink.values).to.deep.equal(['array', 'generator', 'set'])
    expect(sink.sizes).to.deep.equal([3])
  })

  it('lets `undefined` and other falsy values through as elements', async () => {
    const sink = new TestSink<unknown>()
    await pipeline(
      numberSource(1),
      doFn<number, unknown>(() => [undefined, 0, '', false]),
      sink,
    )
    expect(sink.values).to.deep.equal([undefined, 0, '', false])
  })

  it('gives bundles of at most 1,000 values, whatever one element gives', async () => {
    const sink = new TestSink<number>()
    await pipeline(
      numberSource(3),
      doFn(x => numbers(x === 1 ? 2500 : 999)),
      sink,
    )
    expect(sink.values).to.deep.equal([...numbers(999), ...numbers(2500), ...numbers(999)])
    expect(Math.max(...sink.sizes)).to.equal(1000)
  })

  it('takes one element with 5,000,000 outputs under backpressure: at most 3,000 values are anywhere', async () => {
    let made = 0
    let most = 0
    const stage = doFn({
      *process() {
        for (; made < 5_000_000; made++) yield made
      },
    })
    class Slow extends TestSink<number> {
      taken = 0
      override writeBundle(bundle: Bundle<number>): Promise<void> | void {
        most = Math.max(most, made - this.taken)
        this.taken += bundle.values.length
        if (this.taken % 100_000 === 0) return new Promise(resolve => setImmediate(resolve))
      }
    }
    const sink = new Slow()
    await pipeline(new TestSource([[0]]), stage, sink)
    expect(sink.taken).to.equal(5_000_000)
    expect(most).to.be.at.most(3000)
  }).timeout(60_000)

  it('stops in the middle of an element when a tag is full, too', async () => {
    let made = 0
    const stage = doFn({
      *process(_, c) {
        for (; made < 100_000; made++) {
          c.emit('side', made)
          if (made % 100 === 0) yield made
        }
      },
    })
    const side = new TestSink<number>({stall: true})
    const main = new TestSink<number>()
    stage.tagged('side').pipe(side)
    const done = pipeline(new TestSource([[0]]), stage, main)
    await until(() => side.values.length > 0)
    await settle()
    expect(made).to.be.at.most(5000)
    side.go()
    await done
    expect(side.values).to.deep.equal(numbers(100_000))
  })

  it('an element that the stage destroys itself at is the last one', async () => {
    let calls = 0
    const stage = doFn(x => {
      calls++
      if (x === 5) stage.destroy()
      return [x]
    })
    await pipeline(numberSource(100), stage, new TestSink()).catch(() => {})
    expect(calls).to.equal(6)
  })
})
