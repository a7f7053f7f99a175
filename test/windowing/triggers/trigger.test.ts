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
  isTrigger,
  never,
  orFinally,
  repeatedly,
  triggerText,
} from '../../../lib/windowing/index.ts'

describe('triggers', () => {
  it('are plain frozen data, which survive a wire', () => {
    const trigger = afterWatermark({early: afterAny(afterCount(5), afterProcessingTime('1m')), late: afterCount(1)})
    expect(JSON.parse(JSON.stringify(trigger))).to.deep.equal(trigger)
    expect(Object.isFrozen(trigger)).to.equal(true)
    expect(isTrigger(JSON.parse(JSON.stringify(trigger)))).to.equal(true)
  })

  it('are shown as they are written', () => {
    const text =
      'afterEach(repeatedly(afterAny(afterCount(5), afterProcessingTime(1000, {alignTo: 60000}))), ' +
      'orFinally(afterAll(always(), never()), afterWatermark({early: defaultTrigger(), late: afterCount(1)})), afterWatermark())'
    const trigger = afterEachOf(
      repeatedly(afterAny(afterCount(5), afterProcessingTime('1s', {alignTo: '1m'}))),
      orFinally(afterAllOf(always(), never()), afterWatermark({early: defaultTrigger(), late: afterCount(1)})),
      afterWatermark(),
    )
    expect(triggerText(trigger)).to.equal(text)
  })

  const wrong: [string, () => unknown, RegExp][] = [
    ['a count of 0', () => afterCount(0), /afterCount: option `count` is 0; give an integer of at least 1/],
    ['no count', () => afterCount(undefined as never), /option `count` is undefined/],
    ['a count of half an element', () => afterCount(1.5), /option `count` is 1.5/],
    ['no delay', () => afterProcessingTime(undefined as never), /option `delay` is undefined/],
    ['a negative delay', () => afterProcessingTime(-1), /option `delay` is -1/],
    ['an alignment to nothing', () => afterProcessingTime(1, {alignTo: 0}), /option `alignTo` is 0/],
    [
      'early that is no trigger',
      () => afterWatermark({early: 5 as never}),
      /afterWatermark: option `early` is 5; give a trigger/,
    ],
    [
      'a misspelt option',
      () => afterWatermark({erly: afterCount(1)} as never),
      /unknown option `erly`; did you mean `early`/,
    ],
    ['a function for a trigger', () => repeatedly(afterCount as never), /repeatedly: option `trigger`/],
    ['no trigger at all', () => afterAny(), /afterAny\(\) was given no trigger/],
    ['a list for triggers', () => afterAllOf([afterCount(1)] as never), /afterAll: option `triggers\[0\]`/],
    ['no second trigger', () => orFinally(afterCount(1), undefined as never), /orFinally: option `until`/],
  ]
  for (const [what, make, message] of wrong)
    it(`refuse ${what}`, () => {
      expect(make).to.throw(message).with.property('code', 'ERR_SLUICE_OPTION')
    })
})
