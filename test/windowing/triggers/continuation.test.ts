import {expect} from 'chai'
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
import {continuationOf} from '../../../lib/windowing/triggers/continuation.ts'

describe('the continuation trigger of', () => {
  const cases: [Trigger, string][] = [
    [defaultTrigger(), 'defaultTrigger()'],
    [always(), 'always()'],
    [never(), 'never()'],
    [afterWatermark(), 'afterWatermark()'],
    [afterCount(50), 'afterCount(1)'],
    [afterProcessingTime('1m'), 'afterSynchronizedProcessingTime()'],
    [
      afterWatermark({early: afterCount(50), late: afterProcessingTime('1m')}),
      'afterWatermark({early: afterCount(1), late: afterSynchronizedProcessingTime()})',
    ],
    [repeatedly(afterCount(50)), 'repeatedly(afterCount(1))'],
    [afterAny(afterCount(50), afterWatermark()), 'afterAny(afterCount(1), afterWatermark())'],
    [afterAllOf(afterCount(50), afterWatermark()), 'afterAll(afterCount(1), afterWatermark())'],
    [afterEachOf(afterCount(50), afterWatermark()), 'repeatedly(afterAny(afterCount(1), afterWatermark()))'],
    [
      orFinally(repeatedly(afterCount(50)), afterWatermark()),
      'repeatedly(orFinally(repeatedly(afterCount(1)), afterWatermark()))',
    ],
  ]
  for (const [trigger, expected] of cases)
    it(triggerText(trigger), () => {
      expect(triggerText(continuationOf(trigger))).to.equal(expected)
    })

  for (const [trigger] of cases)
    it(`${triggerText(trigger)} is stable after the second grouping`, () => {
      const twice = continuationOf(continuationOf(trigger))
      // afterEach and orFinally are repeated once more each time
      const inner = (t: Trigger): string => (t.kind === 'repeatedly' ? inner(t.trigger) : triggerText(t))
      if (trigger.kind !== 'or-finally') expect(inner(twice)).to.equal(inner(continuationOf(trigger)))
    })
})
