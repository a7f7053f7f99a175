import {expect} from 'chai'
import fc from 'fast-check'
import type {Trigger} from '../../../lib/windowing/index.ts'
import {type Case, expectedPanes, type Step} from '../../conformance/beam/case.ts'
import {panesHere} from '../../conformance/beam/here.ts'
import {anyTrigger, cases} from '../../windowing/arbitraries.ts'
import type {Strategy} from '../../windowing/reference/model.ts'
import {apart, details, eventsOf, type Move, merging, moves} from './arbitraries.ts'

/** The moves as a script: each element is a bundle of its own. */
function scriptOf(script: readonly Move[]): Step[] {
  let now = 0
  return eventsOf(script).flatMap((event): Step[] => {
    if (event.kind === 'add') return event.inputs.map(({key, value, timestamp}) => ['add', key, value, timestamp])
    if (event.kind === 'watermark') return [['watermark', event.to]]
    const by = event.to - now
    now = event.to
    return [['clock', by]]
  })
}

const strategies = fc.record({windowing: fc.oneof(apart, merging), ...details, trigger: anyTrigger}) as fc.Arbitrary<
  Strategy & {readonly trigger: Trigger}
>

describe('a TestStream through windowInto and a grouping', () => {
  it('gives the panes of the reference', async () => {
    await fc.assert(
      fc.asyncProperty(strategies, moves, async ({windowing, ...strategy}, script) => {
        const given: Case = {name: '', windows: windowing, ...strategy, script: scriptOf(script)}
        expect(await panesHere(given)).to.deep.equal(expectedPanes(given))
      }),
      cases(300),
    )
  })
})
