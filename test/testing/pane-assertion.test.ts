import {expect} from 'chai'
import {paneInfo} from '../../lib/core/bundle/window.ts'
import {Bundle, boundedWindow, type PaneInfo} from '../../lib/core/index.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {assertThat, type Matcher, testSource} from '../../lib/testing/index.ts'
import {create} from '../../lib/transforms/index.ts'
import {rejection} from '../transforms/support.ts'

const first = boundedWindow(0, 60_000)
const second = boundedWindow(60_000, 120_000)

function pane(timing: PaneInfo['timing'], index: number, isLast = false): PaneInfo {
  return paneInfo({index, onTimeIndex: timing === 'early' ? -1 : index, timing, isFirst: index === 0, isLast})
}

/** Panes as a grouping emits them. */
function panes() {
  const values = ['e', 'o', 'l', 'o2']
  const windows = [first, first, first, second]
  const infos = [pane('early', 0), pane('on-time', 1), pane('late', 2, true), pane('on-time', 0)]
  return testSource([new Bundle(values, {windows, panes: infos})])
}

describe('assertThat without a matcher', () => {
  it('checks the elements of a window, given as numbers or Dates', async () => {
    const seen = assertThat(panes())
    await seen.inWindow(first).equalTo(['e', 'o', 'l'])
    await seen.inWindow({start: new Date(60_000), end: new Date(120_000)}).equalTo(['o2'])
    await seen.inWindow({start: 0, end: 1}).isEmpty()
  })
  it('checks early, on-time and late panes', async () => {
    const seen = assertThat(panes())
    await seen.inEarlyPane().equalTo(['e'])
    await seen.inOnTimePane().containsInAnyOrder(['o2', 'o'])
    await seen.inLatePane().equalTo(['l'])
  })
  it('checks the panes of one window', async () => {
    const seen = assertThat(panes())
    await seen.inOnTimePane(second).equalTo(['o2'])
    await seen.inEarlyPane(second).isEmpty()
    await seen.inWindow(second).inLatePane().isEmpty()
  })
  it('checks final panes', async () => {
    await assertThat(panes()).inFinalPane().equalTo(['l'])
  })
  it('checks everything', async () => {
    await assertThat(panes()).containsInAnyOrder(['e', 'o', 'l', 'o2'])
  })
  it('takes a matcher of the user', async () => {
    const long: Matcher<string> = {
      description: 'long',
      check: xs => (xs.every(x => x.length > 1) ? undefined : 'short'),
    }
    await assertThat(panes()).inOnTimePane(second).matches(long)
    expect((await rejection(assertThat(panes()).matches(long))).message).to.equal('assertThat: expected long; short')
  })
  it('counts elements that were never grouped as final in the global window, and in no other pane', async () => {
    const seen = assertThat(create([1, 2]))
    await seen.inFinalPane().equalTo([1, 2])
    await seen.inOnTimePane().isEmpty()
    await seen.inWindow({start: 0, end: 60_000}).isEmpty()
  })
  it('finds an element in each of its windows', async () => {
    const seen = assertThat(testSource([new Bundle(['x'], {windows: [[first, second]]})]))
    await seen.inWindow(first).equalTo(['x'])
    await seen.inWindow(second).equalTo(['x'])
  })
  it('checks arrays too', async () => {
    await assertThat([1]).equalTo([1])
  })
  it('says in which window and panes it looked', async () => {
    const error = await rejection(assertThat(panes(), 'scores').inOnTimePane(first).equalTo(['x']))
    expect(error).to.include({code: 'ERR_SLUICE_ASSERTION'})
    expect(error.message).to.match(
      /^scores in on-time panes in the window \[1970-01-01T00:00:00.000Z, 1970-01-01T00:01:00.000Z\): expected equal to 1 element/,
    )
  })
  it('adds a step to a Pipeline for each check', async () => {
    const p = new Pipeline()
    const scores = assertThat(p.apply('Panes', panes()), 'scores')
    scores.inLatePane().equalTo(['l'])
    scores.inEarlyPane().equalTo(['e'])
    scores.inEarlyPane().equalTo(['e'])
    await p.run()
  })
  it('fails the run of a Pipeline', async () => {
    const p = new Pipeline()
    assertThat(p.apply('Panes', panes())).inLatePane().isEmpty()
    const error = await rejection(p.run())
    expect(error.message).to.match(/assertThat in late panes: expected empty; got 1 element: 'l'/)
  })
  it('refuses anything that is not a window', () => {
    expect(() => assertThat(panes()).inWindow(60_000 as never)).to.throw(/`window` is 60000/)
    expect(() => assertThat(panes()).inWindow({start: 5, end: 5})).to.throw(/`window`/)
    expect(() => assertThat(panes()).matches([1] as never)).to.throw(/`matcher`/)
  })
})
