import {expect} from 'chai'
import fc from 'fast-check'
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
  triggerText,
} from '../../../lib/windowing/index.ts'
import {mayFinish} from '../../../lib/windowing/triggers/may-finish.ts'
import {Cell, type Step} from './drive.ts'

const forever = repeatedly(afterCount(1))
const once = afterCount(1)

describe('a trigger may finish and lose data:', () => {
  const cases: [Trigger, without: boolean, withLateness: boolean][] = [
    [defaultTrigger(), false, false],
    [always(), false, false],
    [never(), false, false],
    [afterCount(5), true, true],
    [afterProcessingTime('1m'), true, true],
    [afterWatermark(), false, true],
    [afterWatermark({early: once}), false, true],
    [afterWatermark({late: once}), false, false],
    [repeatedly(once), false, false],
    [afterAny(once, forever), true, true],
    [afterAny(afterWatermark(), forever), false, true],
    [afterAllOf(once, forever), false, false],
    [afterAllOf(once, once), true, true],
    [afterEachOf(once, forever), false, false],
    [afterEachOf(once, once), true, true],
    [orFinally(forever, afterWatermark()), false, true],
    [orFinally(forever, once), true, true],
    [orFinally(once, never()), true, true],
  ]
  for (const [trigger, without, withLateness] of cases)
    it(`${triggerText(trigger)}: ${without ? 'yes' : 'no'}, with lateness ${withLateness ? 'yes' : 'no'}`, () => {
      expect([mayFinish(trigger, 0), mayFinish(trigger, 1)]).to.deep.equal([without, withLateness])
    })

  it('is true of every trigger that does', () => {
    const step: fc.Arbitrary<Step> = fc.oneof(
      fc.constant('element' as const),
      fc.constantFrom({now: 1000}, {now: 60_000}, {now: 120_000}),
    )
    const part = fc.constantFrom(...cases.map(([trigger]) => trigger))
    const trigger = fc.oneof(
      part,
      fc
        .array(part, {minLength: 1, maxLength: 3})
        .chain(list => fc.constantFrom(afterAny(...list), afterAllOf(...list), afterEachOf(...list))),
      fc.tuple(part, part).map(([a, b]) => orFinally(a, b)),
    )
    fc.assert(
      fc.property(trigger, fc.array(step, {maxLength: 20}), fc.boolean(), (t, steps, late) => {
        const cell = new Cell(t)
        if (late) cell.step({watermark: 10})
        for (const item of steps) cell.step(item)
        if (cell.finished) expect(mayFinish(t, late ? 1 : 0), triggerText(t)).to.equal(true)
      }),
      {numRuns: 1000},
    )
  })
})
