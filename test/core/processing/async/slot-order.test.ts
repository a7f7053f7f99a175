import {expect} from 'chai'
import fc from 'fast-check'
import type {Slot} from '../../../../lib/core/processing/async/slot.ts'
import {SlotOrder} from '../../../../lib/core/processing/async/slot-order.ts'
import {numbers} from '../../support.ts'
import {slotOf, workOf} from './support.ts'

/** An order of `count` slots in one chunk, and the indexes of those whose turn has come. */
function orderOf(count: number, ordered: boolean) {
  const passed = {barriers: 0}
  const order = new SlotOrder(ordered, ({epoch}) => epoch === passed.barriers)
  const turns: number[] = []
  const turn = (slot: Slot) => void turns.push(slot.index)
  const slots: Slot[] = []
  const append = (index: number, epoch: number) => {
    const slot = slotOf(workOf(index + 1, epoch), index)
    slots.push(slot)
    order.append(slot)
  }
  for (const index of numbers(count)) append(index, 0)
  /** The element is done, with or without an output. */
  const settle = (index: number, output = true) => {
    const slot = slots[index]!
    if (output) slot.give(index)
    slot.settled = true
    slot.counted = slot.size
    order.settle(slot, turn)
  }
  const next = () => {
    passed.barriers++
    order.nextEpoch(turn)
  }
  return {order, slots, turns, append, settle, next, turn}
}

describe('SlotOrder', () => {
  describe('in order', () => {
    it('gives nobody a turn before the oldest', () => {
      const {turns, settle} = orderOf(3, true)
      settle(2)
      settle(1)
      expect(turns).to.deep.equal([])
      settle(0)
      expect(turns).to.deep.equal([0, 1, 2])
    })

    it('gives an element without outputs its turn at once', () => {
      const {turns, settle} = orderOf(3, true)
      settle(1, false)
      expect(turns).to.deep.equal([1])
      settle(0)
      settle(2)
      expect(turns).to.deep.equal([1, 0, 2])
    })

    it('gives the next its turn while it runs, if it has yielded', () => {
      const {slots, turns, settle} = orderOf(2, true)
      slots[1]!.counted = 3
      settle(0)
      expect(turns).to.deep.equal([0, 1])
    })

    it('knows the head', () => {
      const {order, slots, settle} = orderOf(2, true)
      expect(slots.map(slot => order.isHead(slot))).to.deep.equal([true, false])
      settle(0)
      expect(order.isHead(slots[1]!)).to.equal(true)
    })

    it('goes on after it was empty', () => {
      const {append, settle, turns} = orderOf(1, true)
      settle(0)
      append(1, 0)
      settle(1)
      expect(turns).to.deep.equal([0, 1])
    })
  })

  describe('unordered', () => {
    it('gives each its turn when it is done', () => {
      const {turns, settle} = orderOf(3, false)
      for (const index of [2, 0, 1]) settle(index)
      expect(turns).to.deep.equal([2, 0, 1])
    })

    it('makes everybody the head', () => {
      const {order, slots} = orderOf(2, false)
      expect(slots.map(slot => order.isHead(slot))).to.deep.equal([true, true])
    })
  })

  for (const ordered of [true, false])
    describe(`with a barrier, ${ordered ? 'in order' : 'unordered'}`, () => {
      it('gives nobody after it a turn before it has passed', () => {
        const {append, settle, next, turns, order, slots} = orderOf(1, ordered)
        append(1, 1)
        append(2, 1)
        settle(1)
        settle(2, false)
        expect(turns).to.deep.equal([])
        expect(order.isHead(slots[1]!)).to.equal(false)
        settle(0)
        expect(turns).to.deep.equal([0])
        next()
        expect([...turns].sort()).to.deep.equal([0, 1, 2])
      })

      it('holds back what is after a second one', () => {
        const {append, settle, next, turns} = orderOf(0, ordered)
        append(0, 1)
        append(1, 2)
        settle(1)
        settle(0)
        next()
        expect(turns).to.deep.equal([0])
        next()
        expect(turns).to.deep.equal([0, 1])
      })
    })

  it('gives each slot a turn after its barrier, whatever the order in which elements are done', () => {
    const element = fc.record({epoch: fc.nat(3), output: fc.boolean(), rank: fc.nat(1000)})
    fc.assert(
      fc.property(fc.array(element, {maxLength: 30}), fc.boolean(), (elements, ordered) => {
        const {append, settle, next, turns} = orderOf(0, ordered)
        const sorted = [...elements].sort((a, b) => a.epoch - b.epoch)
        for (const [index, {epoch}] of sorted.entries()) append(index, epoch)
        const bySettling = [...sorted.entries()].sort(([, a], [, b]) => a.rank - b.rank)
        for (const [index, {output}] of bySettling) settle(index, output)
        for (let barrier = 1; barrier <= 3; barrier++) next()
        expect([...turns].sort((a, b) => a - b)).to.deep.equal(numbers(sorted.length))
        expect(turns.map(index => sorted[index]!.epoch)).to.deep.equal(sorted.map(({epoch}) => epoch))
        const withOutput = turns.filter(index => sorted[index]!.output)
        if (ordered) expect(withOutput).to.deep.equal([...withOutput].sort((a, b) => a - b))
      }),
    )
  })
})
