import {expect} from 'chai'
import {AsyncOutbox} from '../../../../lib/core/processing/async/async-outbox.ts'
import type {Slot} from '../../../../lib/core/processing/async/slot.ts'
import {BundleInWork} from '../../../../lib/core/processing/ports/bundle-in-work.ts'
import {Outlet} from '../../../../lib/core/processing/ports/outlet.ts'
import {TestLease} from '../../fakes.ts'
import {numbers, settle} from '../../support.ts'
import {chunk, plainHost, Recorder} from '../support.ts'

/** An outbox with a recorder behind it. */
function outboxOf({ordered = true, closed = false, tags = ['seen']} = {}) {
  const receiver = new Recorder({tags, closed})
  const failures: unknown[] = []
  const outbox = new AsyncOutbox(new Outlet(plainHost(), receiver), ordered, 0, error => failures.push(error))
  const bundle = new BundleInWork(true)
  /** Takes in a chunk, and gives the slots of its elements. */
  const open = (values: number[], leases?: TestLease[]): Slot[] => {
    const of = chunk(values, 0, {leases})
    const work = outbox.open({chunk: of, bundle, callee: undefined, unfinished: values.length, side: undefined})
    return values.map((_, index) => outbox.slot(work, index))
  }
  const finish = (slot: Slot, ...outputs: unknown[]) => {
    for (const [k, output] of outputs.entries()) slot.add(output, k)
    outbox.settle(slot)
  }
  return {outbox, receiver, bundle, failures, open, finish}
}

/** Whether a promise has resolved. */
function watched(promise: Promise<void>) {
  const state = {done: false}
  void promise.then(() => {
    state.done = true
  })
  return state
}

describe('AsyncOutbox', () => {
  it('hands the finished prefix on, in order', async () => {
    const {open, finish, receiver} = outboxOf()
    const [a, b, c] = open([1, 2, 3]) as [Slot, Slot, Slot]
    finish(b, 'b')
    await settle()
    expect(receiver.log).to.deep.equal([])
    finish(a, 'a')
    await settle()
    expect(receiver.log).to.deep.equal(['a', 'b'])
    finish(c, 'c')
    await settle()
    expect(receiver.log).to.deep.equal(['a', 'b', 'c'])
  })

  it('hands on whatever is finished, unordered', async () => {
    const {open, finish, receiver} = outboxOf({ordered: false})
    const [a, b] = open([1, 2]) as [Slot, Slot]
    finish(b, 'b')
    await settle()
    finish(a, 'a')
    await settle()
    expect(receiver.log).to.deep.equal(['b', 'a'])
  })

  it('joins what finishes in one turn of the event loop in one bundle', async () => {
    const {open, finish, receiver} = outboxOf()
    for (const slot of open(numbers(10))) finish(slot, slot.index)
    await settle()
    expect(receiver.bundles.map(({values}) => values.length)).to.deep.equal([10])
  })

  it('hands a full bundle on at once', () => {
    const {open, finish, receiver} = outboxOf()
    for (const slot of open(numbers(1000))) finish(slot, slot.index)
    expect(receiver.log).to.have.length(1000)
  })

  it('hands on what the oldest call yields while it runs', async () => {
    const {outbox, open, receiver} = outboxOf()
    const [a] = open([1]) as [Slot]
    a.add('first', 0)
    outbox.offer(a)
    await settle()
    expect(receiver.log).to.deep.equal(['first'])
  })

  it('sends what was emitted to tags with the outputs of the same element', async () => {
    const {open, finish, receiver} = outboxOf()
    const [a, b] = open([1, 2]) as [Slot, Slot]
    b.addTagged('seen', 2, 0)
    finish(b, 'b')
    a.addTagged('seen', 1, 0)
    finish(a, 'a')
    await settle()
    expect(receiver.log).to.deep.equal(['seen:1', 'seen:2', 'a', 'b'])
  })

  describe('backpressure', () => {
    it('lets calls start while fewer than 1,000 outputs wait', async () => {
      const {outbox, open, finish} = outboxOf()
      const [, second, third] = open([1, 2, 3]) as [Slot, Slot, Slot]
      const before = watched(outbox.spaceFor(third))
      await settle()
      expect(before.done).to.equal(true)
      finish(second, ...numbers(1000))
      const after = watched(outbox.spaceFor(third))
      await settle()
      expect(after.done).to.equal(false)
    })

    it('always lets the oldest go on, so that what waits for it can leave', async () => {
      const {outbox, open, finish} = outboxOf()
      const [first, second] = open([1, 2]) as [Slot, Slot]
      finish(second, ...numbers(2000))
      const head = watched(outbox.spaceFor(first))
      await settle()
      expect(head.done).to.equal(true)
    })

    it('stops the oldest too when downstream has no room, and wakes it when there is', async () => {
      const {outbox, open, receiver} = outboxOf({closed: true})
      const [first] = open([1]) as [Slot]
      for (const k of numbers(1000)) first.add(k, k)
      expect(outbox.offer(first)).to.equal(false)
      const space = watched(outbox.spaceFor(first))
      await settle()
      expect(space.done).to.equal(false)
      receiver.open()
      await settle()
      expect([space.done, receiver.log.length]).to.deep.equal([true, 1000])
    })

    it('pushes nothing without room', async () => {
      const {open, finish, receiver} = outboxOf({closed: true})
      finish(open([1])[0]!, 'a')
      await settle()
      expect(receiver.log).to.deep.equal([])
      receiver.open()
      expect(receiver.log).to.deep.equal(['a'])
    })
  })

  describe('the watermark', () => {
    it('passes at once while nothing is in flight', () => {
      const {outbox, receiver} = outboxOf()
      outbox.advance(5)
      expect(receiver.log).to.deep.equal(['@5'])
    })

    it('waits for the elements before it', async () => {
      const {outbox, open, finish, receiver} = outboxOf({ordered: false})
      const [a] = open([1]) as [Slot]
      outbox.advance(5)
      const [b] = open([2]) as [Slot]
      outbox.advance(9)
      finish(b, 'b')
      await settle()
      expect(receiver.log).to.deep.equal(['b'])
      finish(a, 'a')
      await settle()
      expect(receiver.log).to.deep.equal(['b', 'a', '@9'])
    })
  })

  describe('a barrier', () => {
    it('leaves after what came before it, and what came after it waits', async () => {
      const {outbox, open, finish, receiver} = outboxOf({ordered: false})
      const [a] = open([1]) as [Slot]
      outbox.barrier(1)
      const [b] = open([2]) as [Slot]
      finish(b, 'b')
      await settle()
      expect(receiver.log).to.deep.equal([])
      finish(a, 'a')
      await settle()
      expect(receiver.log).to.deep.equal(['a', '#1', 'b'])
    })

    it('keeps the outbox from being idle until it has left', async () => {
      const {outbox, open, finish, receiver} = outboxOf({closed: true})
      const [a] = open([1]) as [Slot]
      outbox.barrier(1)
      finish(a)
      await settle()
      expect(outbox.idle).to.equal(false)
      receiver.open()
      await settle()
      expect([outbox.idle, receiver.log]).to.deep.equal([true, ['#1']])
    })

    it('follows another with nothing between', async () => {
      const {outbox, open, finish, receiver} = outboxOf()
      const [a] = open([1]) as [Slot]
      outbox.barrier(1)
      outbox.barrier(2)
      const [b] = open([2]) as [Slot]
      finish(b, 'b')
      finish(a, 'a')
      await settle()
      expect(receiver.log).to.deep.equal(['a', '#1', '#2', 'b'])
    })
  })

  describe('leases', () => {
    it('go with the outputs', async () => {
      const lease = new TestLease(1)
      const {open, finish, receiver} = outboxOf()
      finish(open([1], [lease])[0]!, 'a', 'b')
      await settle()
      expect(receiver.bundles[0]!.leases).to.deep.equal([lease, lease])
      // the caller releases the share of the element itself
      expect(lease.count).to.equal(3)
    })

    it('are given back when it is closed: of calls in flight and of outputs that wait', async () => {
      const all = numbers(2).map(id => new TestLease(id))
      const {outbox, open, finish} = outboxOf({closed: true})
      const [a] = open([1, 2], all) as [Slot, Slot]
      finish(a, 'a')
      await settle()
      outbox.close('enough')
      expect(all.map(({nacked}) => nacked)).to.deep.equal(['enough', 'enough'])
    })
  })

  it('is idle when everything is handed on, and calls back', async () => {
    const {outbox, open, finish} = outboxOf()
    let idle = 0
    const [a] = open([1]) as [Slot]
    outbox.whenIdle(() => idle++)
    finish(a, 'a')
    expect([outbox.idle, idle]).to.deep.equal([false, 0])
    await settle()
    expect([outbox.idle, idle]).to.deep.equal([true, 1])
    outbox.whenIdle(() => idle++)
    expect(idle).to.equal(2)
  })

  it('counts elements until their outputs are collected', async () => {
    const {outbox, open, finish} = outboxOf()
    const [a, b] = open([1, 2]) as [Slot, Slot]
    finish(b, 'b')
    expect(outbox.unfinished).to.equal(2)
    finish(a, 'a')
    expect(outbox.unfinished).to.equal(0)
  })

  it('reports when a chunk of a bundle is handed on, and how many outputs the bundle had', async () => {
    const {open, finish, bundle} = outboxOf()
    let delivered = 0
    bundle.delivered = () => delivered++
    const [a, b] = open([1, 2]) as [Slot, Slot]
    finish(a, 'a', 'b')
    await settle()
    expect(delivered).to.equal(0)
    finish(b)
    await settle()
    expect([delivered, bundle.given, bundle.inFlight]).to.deep.equal([1, 2, 0])
  })

  it('reports an error of downstream', async () => {
    const {open, finish, receiver, failures} = outboxOf()
    const error = new Error('no disk')
    receiver.push = () => {
      throw error
    }
    finish(open([1])[0]!, 'a')
    await settle()
    expect(failures).to.deep.equal([error])
  })

  it('pushes nothing after it was closed, and lets go who waits for space', async () => {
    const {outbox, open, finish, receiver} = outboxOf()
    const [a, b] = open([1, 2]) as [Slot, Slot]
    finish(b, ...numbers(1000))
    const [c] = open([3]) as [Slot]
    const space = watched(outbox.spaceFor(c))
    outbox.close(undefined)
    finish(a, 'a')
    await settle()
    expect([space.done, receiver.log]).to.deep.equal([true, []])
  })
})
