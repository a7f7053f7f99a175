import {expect} from 'chai'
import {type Bundle, deadLetter, errorPolicy, type OnError} from '../../../lib/core/index.ts'
import {ElementRules} from '../../../lib/core/processing/elements/element-rules.ts'
import type {CallKind} from '../../../lib/core/processing/elements/results.ts'
import {BundleInWork} from '../../../lib/core/processing/ports/bundle-in-work.ts'
import {Outlet} from '../../../lib/core/processing/ports/outlet.ts'
import {SyncLoop} from '../../../lib/core/processing/sync-loop.ts'
import {TestLease} from '../fakes.ts'
import {numbers} from '../support.ts'
import {chunk, plainHost, Recorder} from './support.ts'

type Emits = {emit(tag: string, value: unknown): void}
type Process = (n: number, context: Emits) => unknown

/** A loop over `process`, with a recorder behind it; `run` opens a chunk and runs over it. */
function loopOf(
  process: Process,
  {
    kind = 'process',
    onError,
    tags,
    closed = false,
  }: {kind?: CallKind; onError?: OnError; tags?: string[]; closed?: boolean} = {},
) {
  const receiver = new Recorder({closed, ...(tags && {tags})})
  const host = plainHost()
  const outlet = new Outlet(host, receiver)
  const policy = errorPolicy('Step', onError)
  const rules = new ElementRules(host, outlet, policy)
  const options = {
    ...{kind, policy, concurrency: undefined, ordered: true, timeout: undefined, skew: 0, side: undefined},
    stateful: false,
  }
  const loop = new SyncLoop<number>(host, outlet, rules, options, new AbortController().signal)
  const bundle = new BundleInWork(true)
  const run = (values: number[] | Bundle<number>) => {
    loop.open(Array.isArray(values) ? chunk(values) : values, bundle, {process: process as never})
    return loop.run()
  }
  return {loop, receiver, bundle, host, run}
}

const leases = (count: number) => numbers(count).map(id => new TestLease(id))

describe('SyncLoop', () => {
  it('collects the outputs of a chunk until it is flushed', () => {
    const {loop, receiver, run} = loopOf(n => [n, -n])
    expect(run([1, 2])).to.equal('done')
    expect(receiver.log).to.deep.equal([])
    expect(loop.flush()).to.equal(true)
    expect(receiver.log).to.deep.equal([1, -1, 2, -2])
  })

  it('joins the outputs of several chunks in one bundle', () => {
    const {loop, receiver, run} = loopOf(n => [n])
    run(chunk([1], 0))
    run(chunk([2], 1))
    loop.flush()
    expect(receiver.bundles).to.have.length(1)
    expect([0, 1].map(i => receiver.bundles[0]!.ids!.at(i))).to.deep.equal(['0.0', '1.0'])
  })

  it('counts for the bundle what it has handed on', () => {
    const {loop, bundle, run} = loopOf(n => numbers(n))
    run([3, 4])
    expect(bundle.given).to.equal(0)
    loop.flush()
    expect(bundle.given).to.equal(7)
  })

  it('puts the watermark on the last bundle that it flushes', () => {
    const {loop, receiver, run} = loopOf(n => numbers(n))
    run([900, 900])
    loop.flush(50)
    expect(receiver.bundles.map(({watermark}) => watermark)).to.deep.equal([Number.NEGATIVE_INFINITY, 50])
  })

  it('hands on full bundles while it runs', () => {
    const {receiver, run} = loopOf(n => [n])
    expect(run(numbers(2500))).to.equal('done')
    expect(receiver.bundles.map(({values}) => values.length)).to.deep.equal([1000, 1000])
  })

  it('takes the results of map, filter and tap for what they are', () => {
    const results = (kind: CallKind) => {
      const {loop, receiver, run} = loopOf(n => n % 2, {kind})
      run([1, 2, 3])
      loop.flush()
      return receiver.log
    }
    expect([results('map'), results('filter'), results('tap')]).to.deep.equal([
      [1, 0, 1],
      [1, 3],
      [1, 2, 3],
    ])
  })

  describe('without room', () => {
    it('stops between elements, and goes on where it was', () => {
      const seen: number[] = []
      const {loop, receiver, run} = loopOf(
        n => {
          seen.push(n)
          return [n]
        },
        {closed: true},
      )
      expect(run(numbers(1500))).to.equal('blocked')
      expect([receiver.log.length, seen.length]).to.deep.equal([1000, 1000])
      receiver.open()
      expect(loop.run()).to.equal('done')
      loop.flush()
      expect(receiver.log).to.deep.equal(numbers(1500))
      expect(seen).to.have.length(1500)
    })

    it('stops in the middle of the outputs of a generator, which it pulls no further', () => {
      let pulled = 0
      function* process(n: number) {
        for (; pulled < n; pulled++) yield pulled
      }
      const {loop, receiver, run} = loopOf(process, {closed: true})
      expect(run([3000])).to.equal('blocked')
      expect(pulled).to.be.at.most(1001)
      expect(loop.run()).to.equal('blocked')
      expect(pulled).to.be.at.most(2001)
      receiver.open()
      expect(loop.run()).to.equal('done')
      loop.flush()
      expect(receiver.log).to.deep.equal(numbers(3000))
    })

    it('runs the finally of a generator when it is closed in the middle', () => {
      let ended = false
      function* process() {
        try {
          for (;;) yield 1
        } finally {
          ended = true
        }
      }
      const {loop, run} = loopOf(process, {closed: true})
      run([1])
      loop.close()
      expect(ended).to.equal(true)
    })

    it('counts what was emitted to tags as outputs, too', () => {
      const {receiver, run} = loopOf((n, c) => c.emit('seen', n), {tags: ['seen'], closed: true})
      expect(run(numbers(1500))).to.equal('blocked')
      expect(receiver.log).to.have.length(1000)
    })
  })

  describe('leases', () => {
    it('go with the output of an element', () => {
      const [lease] = leases(1) as [TestLease]
      const {loop, receiver, run} = loopOf(n => [n])
      run(chunk([1], 0, {leases: [lease]}))
      loop.flush()
      expect(receiver.bundles[0]!.leases).to.deep.equal([lease])
      expect(lease.count).to.equal(1)
    })

    it('are retained for each further output, and released without any', () => {
      const all = leases(3)
      const {loop, run} = loopOf(n => numbers(n))
      run(chunk([0, 1, 3], 0, {leases: all}))
      loop.flush()
      expect(all.map(({count}) => count)).to.deep.equal([0, 1, 3])
    })

    it('of an element in the middle of its outputs are held', () => {
      const [lease] = leases(1) as [TestLease]
      function* process() {
        for (let k = 0; k < 1500; k++) yield k
      }
      const {loop, receiver, run} = loopOf(process, {closed: true})
      run(chunk([1], 0, {leases: [lease]}))
      expect(lease.count).to.equal(1001)
      receiver.open()
      loop.run()
      loop.flush()
      expect(lease.count).to.equal(1500)
    })
  })

  describe('an element that fails', () => {
    const odd: Process = n => {
      if (n === 2) throw new Error('odd')
      return [n]
    }

    it('ends the run with an error that names it', () => {
      const {run} = loopOf(odd)
      expect(() => run([1, 2, 3]))
        .to.throw('odd')
        .that.includes({code: 'ERR_SLUICE_PROCESS', element: 2})
    })

    it('is set aside, and the others go on', () => {
      const {loop, receiver, run} = loopOf(odd, {onError: deadLetter('bad'), tags: ['bad']})
      expect(run([1, 2, 3])).to.equal('done')
      loop.flush()
      expect(receiver.log.filter(entry => typeof entry === 'number')).to.deep.equal([1, 3])
      expect(receiver.log).to.have.length(3)
    })

    it('takes back what it had yielded', () => {
      function* process(n: number) {
        yield n
        if (n === 2) throw new Error('odd')
      }
      const {loop, receiver, run} = loopOf(process, {onError: 'nack'})
      const all = leases(3)
      run(chunk([1, 2, 3], 0, {leases: all}))
      loop.flush()
      expect(receiver.log).to.deep.equal([1, 3])
      expect(all.map(({nacked}) => nacked !== undefined)).to.deep.equal([false, true, false])
    })

    it('does not answer for an error of downstream', () => {
      const {loop, receiver, run} = loopOf(n => [n], {onError: deadLetter('bad'), tags: ['bad']})
      receiver.push = () => {
        throw new Error('no disk')
      }
      run([1])
      expect(() => loop.flush()).to.throw('no disk')
    })
  })

  describe('a promise', () => {
    it('stops the loop, which hands the call over with what it has emitted', () => {
      const {loop, receiver, run} = loopOf(
        (n, c) => {
          c.emit('seen', n)
          return n === 2 ? Promise.resolve([n]) : [n]
        },
        {tags: ['seen']},
      )
      expect(run([1, 2, 3])).to.equal('asynchronous')
      const {index, result, emitted} = loop.handOver()
      expect([index, emitted.get('seen')!.values]).to.deep.equal([1, [2]])
      expect(result).to.be.a('promise')
      loop.flush()
      expect(receiver.log).to.deep.equal(['seen:1', 1])
    })

    it('leaves the call its own context', () => {
      const seen: Emits[] = []
      const {loop, run} = loopOf((_, c) => {
        seen.push(c)
        return Promise.resolve([])
      })
      run([1])
      const {context} = loop.handOver()
      run([2])
      expect(context).to.equal(seen[0])
      expect(seen[1]).to.not.equal(seen[0])
    })

    it('of a call that nobody waits for any more makes no unhandled rejection', async () => {
      const {loop, run} = loopOf(() => Promise.reject(new Error('late')))
      run([1])
      loop.forget()
      await new Promise(setImmediate)
    })
  })

  it('refuses emit when no call is running', () => {
    let kept: Emits | undefined
    const {run} = loopOf(
      (_, c) => {
        kept = c
      },
      {tags: ['seen']},
    )
    run([1])
    expect(() => kept!.emit('seen', 1))
      .to.throw(/emit\('seen'\)/)
      .that.includes({code: 'ERR_SLUICE_TAG'})
  })
})
