import {expect} from 'chai'
import fc from 'fast-check'
import {boundedWindow} from '../../../lib/core/index.ts'
import {
  afterAll as afterAllOf,
  afterAny,
  afterCount,
  afterEach as afterEachOf,
  afterProcessingTime,
  afterWatermark,
  always,
  defaultTrigger,
  never,
  orFinally,
  repeatedly,
  type Trigger,
} from '../../../lib/windowing/index.ts'
import {Cell, drive, fired, type Step, WINDOW} from './drive.ts'

const e = 'element'
const end = {watermark: 10}

describe('the trigger machine', () => {
  describe('defaultTrigger()', () => {
    it('fires when the watermark passes the last millisecond of the window', () => {
      expect(fired(defaultTrigger(), e, e, {watermark: 9})).to.deep.equal([])
      expect(fired(defaultTrigger(), e, e, {watermark: 9}, end)).to.deep.equal([2])
    })

    it('fires again for each late element', () => {
      expect(fired(defaultTrigger(), e, end, e, e)).to.deep.equal([1, 1, 1])
    })

    it('never finishes, and waits for the end of the window', () => {
      expect(drive(defaultTrigger(), e).next).to.deep.equal({watermark: 10})
      const cell = drive(defaultTrigger(), e, end)
      expect([cell.finished, cell.next]).to.deep.equal([false, {}])
    })
  })

  describe('afterWatermark()', () => {
    it('fires once at the end of the window, then it is finished', () => {
      const cell = drive(afterWatermark(), e, end, e)
      expect(cell).to.include({finished: true, dropped: 1})
      expect(cell.fired).to.deep.equal([1])
    })

    it('fires early again and again: early is repeated by itself', () => {
      const trigger = afterWatermark({early: afterCount(2)})
      expect(fired(trigger, e, e, e, e, e, end)).to.deep.equal([2, 2, 1])
    })

    it('fires at the end even if nothing came since the last early firing', () => {
      expect(fired(afterWatermark({early: afterCount(1)}), e, end)).to.deep.equal([1, 0])
    })

    it('fires late again and again, and counts only what came after the on-time firing', () => {
      const trigger = afterWatermark({early: afterCount(3), late: afterCount(2)})
      expect(fired(trigger, e, end, e, e, e, e, e)).to.deep.equal([1, 2, 2])
    })

    it('is not finished with late firings', () => {
      expect(drive(afterWatermark({late: afterCount(1)}), e, end, e).finished).to.equal(false)
    })

    it('begins with the on-time firing when the first element is late', () => {
      expect(fired(afterWatermark({early: afterCount(5), late: afterCount(2)}), end, e, e)).to.deep.equal([0, 2])
    })

    it('says when it wants to be asked', () => {
      const trigger = afterWatermark({early: afterProcessingTime(50), late: afterProcessingTime(70)})
      expect(drive(trigger, e).next).to.deep.equal({watermark: 10, now: 1050})
      expect(drive(trigger, e, end, e).next).to.deep.equal({now: 1070})
    })
  })

  describe('afterProcessingTime()', () => {
    it('counts from the first element of the pane', () => {
      const trigger = repeatedly(afterProcessingTime(100))
      expect(fired(trigger, e, {now: 1090}, e, {now: 1099}, {now: 1100})).to.deep.equal([2])
      // the next pane begins with its own first element
      expect(fired(trigger, e, {now: 1100}, {now: 1150}, e, {now: 1249}, {now: 1250})).to.deep.equal([1, 1])
    })

    it('does not fire without elements', () => {
      expect(fired(repeatedly(afterProcessingTime(100)), {now: 5000})).to.deep.equal([])
    })

    it('waits for the next multiple of alignTo, or stays when it is one', () => {
      expect(drive(afterProcessingTime(0, {alignTo: 300}), e).next).to.deep.equal({now: 1200})
      expect(drive(afterProcessingTime(200, {alignTo: 300}), e).next).to.deep.equal({now: 1200})
      expect(drive(afterProcessingTime(201, {alignTo: 300}), e).next).to.deep.equal({now: 1500})
    })

    it('fires once', () => {
      expect(drive(afterProcessingTime(100), e, {now: 1100}, e)).to.include({finished: true, dropped: 1})
    })
  })

  describe('afterCount()', () => {
    it('fires once there are as many elements', () => {
      expect(fired(afterCount(3), e, e, e, e)).to.deep.equal([3])
      expect(fired(repeatedly(afterCount(3)), e, e, e, e, e, e)).to.deep.equal([3, 3])
    })

    it('waits indefinitely with fewer', () => {
      const cell = drive(repeatedly(afterCount(50)), e, e, end, {now: 99_999})
      expect([cell.fired, cell.next]).to.deep.equal([[], {}])
    })
  })

  describe('always() and never()', () => {
    it('fire for every element, and not at all', () => {
      expect(fired(always(), e, e)).to.deep.equal([1, 1])
      expect(fired(never(), e, e, end, {now: 9999})).to.deep.equal([])
    })
  })

  describe('repeatedly()', () => {
    it('starts anew after each firing, and never finishes', () => {
      const cell = drive(repeatedly(afterAny(afterCount(2), afterProcessingTime(100))), e, e, e, {now: 1100}, e)
      expect(cell.fired).to.deep.equal([2, 1])
      expect(cell.finished).to.equal(false)
    })
  })

  describe('afterAny()', () => {
    it('fires when the first one is ready, and is finished then', () => {
      const trigger = afterAny(afterCount(2), afterProcessingTime(100))
      expect(drive(trigger, e, {now: 1100}))
        .to.include({finished: true})
        .with.deep.property('fired', [1])
      expect(drive(trigger, e, e))
        .to.include({finished: true})
        .with.deep.property('fired', [2])
    })

    it('begins the other ones anew with each pane', () => {
      const trigger = repeatedly(afterAny(afterCount(3), afterProcessingTime(100)))
      // two elements of the first pane do not count towards the second one's three
      expect(fired(trigger, e, e, {now: 1100}, e, e, e)).to.deep.equal([2, 3])
    })

    it('asks for the earliest of its times', () => {
      expect(drive(afterAny(afterProcessingTime(50), afterProcessingTime(20), afterWatermark()), e).next).to.deep.equal(
        {
          watermark: 10,
          now: 1020,
        },
      )
    })
  })

  describe('afterAll()', () => {
    it('fires when all are ready', () => {
      const trigger = afterAllOf(afterCount(2), afterProcessingTime(100))
      expect(fired(trigger, e, e, {now: 1099})).to.deep.equal([])
      expect(fired(trigger, e, e, e, {now: 1100})).to.deep.equal([3])
      expect(fired(trigger, e, {now: 1100}, e)).to.deep.equal([2])
    })

    it('is finished then', () => {
      expect(drive(afterAllOf(afterCount(1), afterCount(2)), e, e, e)).to.include({finished: true, dropped: 1})
    })
  })

  describe('afterEach()', () => {
    it('runs one after the other, each from the next pane on', () => {
      const trigger = afterEachOf(afterCount(1), afterCount(3), afterCount(2))
      const cell = drive(trigger, e, e, e, e, e, e, e)
      expect(cell.fired).to.deep.equal([1, 3, 2])
      expect(cell).to.include({finished: true, dropped: 1})
    })

    it('stays with the last one if that is repeated', () => {
      expect(fired(afterEachOf(afterCount(1), repeatedly(afterCount(2))), e, e, e, e, e)).to.deep.equal([1, 2, 2])
    })

    it('begins a time with the first element of its pane', () => {
      const trigger = afterEachOf(afterCount(2), afterProcessingTime(100))
      expect(fired(trigger, e, {now: 1050}, e, {now: 1100}, e, {now: 1199}, {now: 1200})).to.deep.equal([2, 1])
    })
  })

  describe('orFinally()', () => {
    it('fires as the first one until the second one fires, then it is finished', () => {
      const trigger = orFinally(repeatedly(afterCount(2)), afterWatermark())
      const cell = drive(trigger, e, e, e, end, e)
      expect(cell.fired).to.deep.equal([2, 1])
      expect(cell).to.include({finished: true, dropped: 1})
    })

    it('lets the second one count over all panes', () => {
      expect(fired(orFinally(repeatedly(afterCount(2)), afterCount(5)), e, e, e, e, e, e)).to.deep.equal([2, 2, 1])
    })

    it('is finished when the first one is', () => {
      expect(drive(orFinally(afterCount(1), afterWatermark()), e).finished).to.equal(true)
    })
  })

  describe('merging', () => {
    const wide = boundedWindow(0, 20)
    function merged(trigger: Trigger, first: Step[], second: Step[], window = wide): Cell {
      const [a, b] = [new Cell(trigger), new Cell(trigger)]
      for (const step of first) a.step(step)
      for (const step of second) b.step(step)
      a.time = {watermark: Math.max(a.time.watermark, b.time.watermark), now: Math.max(a.time.now, b.time.now)}
      a.merge(b, window)
      return a
    }

    it('adds counts', () => {
      expect(merged(repeatedly(afterCount(3)), [e, e], [e]).fired).to.deep.equal([3])
    })

    it('keeps the earliest time by the clock', () => {
      const cell = merged(repeatedly(afterProcessingTime(100)), [e], [{now: 1050}, e])
      expect(cell.next).to.deep.equal({now: 1100})
    })

    it('fires early although the session grows with every element', () => {
      const trigger = afterWatermark({early: afterProcessingTime(60)})
      const cell = new Cell(trigger, boundedWindow(0, 10))
      cell.step(e)
      for (let t = 1; t <= 130; t++) {
        const other = new Cell(trigger, boundedWindow(t, t + 10))
        other.time = {...cell.time, now: 1000 + t}
        other.step(e)
        cell.time = other.time
        cell.merge(other, boundedWindow(0, t + 10))
      }
      expect(cell.fired).to.deep.equal([61, 61])
    })

    it('makes a window that has fired on time wait for its new end, and fire on time again', () => {
      const cell = merged(afterWatermark(), [e, end], [e])
      expect(cell.finished).to.equal(false)
      cell.step({watermark: 19})
      expect(cell.fired).to.deep.equal([1])
      cell.step({watermark: 20})
      expect(cell.fired).to.deep.equal([1, 1])
    })

    it('fires on time at once, when one of the windows had not and the end is past', () => {
      const cell = merged(afterWatermark({late: afterCount(5)}), [e, end], [e], WINDOW)
      expect(cell.fired).to.deep.equal([1, 1])
    })

    it('goes on late when all had fired on time', () => {
      const cell = merged(afterWatermark({late: afterCount(3)}), [e, end, e], [e, end, e], WINDOW)
      expect(cell.fired).to.deep.equal([1])
      cell.step(e)
      expect(cell.fired).to.deep.equal([1, 3])
    })

    it('counts late elements towards early firings when the window is open again', () => {
      const trigger = afterWatermark({early: afterCount(2), late: afterCount(5)})
      const cell = merged(trigger, [e, end, e], [e])
      // one late element and one of the other window
      expect(cell.fired).to.deep.equal([1, 2])
    })

    it('keeps a trigger finished that had counted enough in one of them', () => {
      expect(merged(afterCount(2), [e, e], [e]).finished).to.equal(true)
    })

    it('begins the later ones of afterEach() again with an earlier one that is open', () => {
      const trigger = afterEachOf(afterWatermark(), repeatedly(afterCount(2)))
      const cell = merged(trigger, [e, end, e], [e])
      expect(cell.fired).to.deep.equal([1])
      cell.step({watermark: 20})
      expect(cell.fired).to.deep.equal([1, 2])
    })

    it('takes one state as it is', () => {
      const cell = drive(repeatedly(afterCount(3)), e, e)
      expect(cell.machine.onMerge([cell.state], wide, cell.time)).to.deep.equal(cell.state)
    })
  })

  const leaf = fc.oneof(
    fc.integer({min: 1, max: 4}).map(afterCount),
    fc.integer({min: 0, max: 60}).map(delay => afterProcessingTime(delay)),
    fc.constant(afterWatermark()),
    fc.constant(defaultTrigger()),
    fc.constant(never()),
  )
  const {trigger} = fc.letrec<{trigger: Trigger}>(tie => {
    const several = fc.array(tie('trigger'), {minLength: 1, maxLength: 3})
    return {
      trigger: fc.oneof(
        {maxDepth: 3},
        leaf,
        tie('trigger').map(repeatedly),
        several.map(triggers => afterAny(...triggers)),
        several.map(triggers => afterAllOf(...triggers)),
        several.map(triggers => afterEachOf(...triggers)),
        fc.tuple(tie('trigger'), tie('trigger')).map(([a, b]) => orFinally(a, b)),
        fc.tuple(tie('trigger'), tie('trigger')).map(([early, late]) => afterWatermark({early, late})),
      ),
    }
  })
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.constant('element' as const),
    fc.integer({min: -5, max: 15}).map(watermark => ({watermark})),
    fc.integer({min: 1000, max: 1200}).map(now => ({now})),
  )
  /** Times that never go back. */
  const steps = fc.array(step, {maxLength: 30}).map(list => {
    const time = {watermark: Number.NEGATIVE_INFINITY, now: 0}
    return list.map(item => {
      if (item === 'element') return item
      const key = 'watermark' in item ? 'watermark' : 'now'
      time[key] = Math.max(time[key], (item as typeof time)[key])
      return {[key]: time[key]} as Step
    })
  })

  it('has a state that is plain data: copied at any moment, it goes on in the same way', () => {
    fc.assert(
      fc.property(trigger, steps, (t, list) => {
        const [one, other] = [new Cell(t), new Cell(t)]
        for (const item of list) {
          one.step(item)
          other.state = JSON.parse(JSON.stringify(other.state))
          other.step(item)
        }
        expect(other.fired).to.deep.equal(one.fired)
        expect(other.state).to.deep.equal(one.state)
      }),
    )
  })

  it('wants to fire without an element only at a time that it has named', () => {
    fc.assert(
      fc.property(trigger, steps, (t, list) => {
        const cell = new Cell(t)
        for (const item of list) {
          if (item !== 'element' && !cell.finished) {
            const {state, window, machine, next} = cell
            const time = {...cell.time, ...item}
            const before = machine.shouldFire(state, window, cell.time)
            const named = time.watermark >= (next.watermark ?? Infinity) || time.now >= (next.now ?? Infinity)
            if (!before && machine.shouldFire(state, window, time)) expect(named).to.equal(true)
          }
          cell.step(item)
        }
      }),
      {numRuns: 500},
    )
  })

  it('merges one untouched window into another without changing what that does', () => {
    fc.assert(
      fc.property(trigger, steps, steps, (t, before, after) => {
        const [one, other] = [new Cell(t), new Cell(t)]
        for (const item of before) one.step(item)
        for (const item of before) other.step(item)
        if (one.finished) return
        other.state = other.machine.onMerge([other.state], WINDOW, other.time)
        const later = after.filter(item => item === 'element')
        for (const item of later) one.step(item)
        for (const item of later) other.step(item)
        expect(other.fired).to.deep.equal(one.fired)
      }),
    )
  })
})
