import {expect} from 'chai'
import {boundedWindow, GLOBAL_WINDOW, paneInfo, UNKNOWN_PANE} from '../../../lib/core/bundle/window.ts'
import {Bundle} from '../../../lib/core/index.ts'
import {CallContext} from '../../../lib/core/processing/elements/call-context.ts'
import {doFn} from '../support.ts'

/** The context of element 0 of a bundle. */
function contextOf(bundle: Bundle<unknown>): CallContext {
  const context = new CallContext(doFn(() => [], {name: 'step'}).info, new AbortController().signal, () => {})
  context.bundle = bundle
  context.at(0)
  return context
}

describe('the context of a call', () => {
  it('has the global window and the unknown pane for an element that no step has put elsewhere', () => {
    const context = contextOf(new Bundle(['x']))
    expect([context.window, context.pane]).to.deep.equal([GLOBAL_WINDOW, UNKNOWN_PANE])
  })

  it('has the window and the pane of its element', () => {
    const pane = paneInfo({index: 2, onTimeIndex: 1, timing: 'late', isFirst: false, isLast: false})
    const context = contextOf(new Bundle(['x'], {windows: [boundedWindow(0, 5)], panes: [pane]}))
    expect(context.window).to.equal(boundedWindow(0, 5))
    expect(context.pane).to.equal(pane)
  })

  it('refuses the window of an element that is in several, and says how to have one', () => {
    const context = contextOf(new Bundle(['x'], {windows: [[boundedWindow(0, 5), boundedWindow(5, 10)]]}))
    expect(() => context.window).to.throw(/step: context\.window .* in 2 windows.*observesWindow = true/)
  })
})
