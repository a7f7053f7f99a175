import {expect} from 'chai'
import {
  boundedWindow,
  GLOBAL_WINDOW,
  MAX_TIMESTAMP,
  MIN_TIMESTAMP,
  paneInfo,
  UNKNOWN_PANE,
} from '../../../lib/core/bundle/window.ts'

describe('windows and panes', () => {
  it('are one object for equal content, and cannot be changed', () => {
    expect(boundedWindow(0, 10)).to.equal(boundedWindow(0, 10))
    expect(boundedWindow(0, 10)).not.to.equal(boundedWindow(0, 11))
    expect(boundedWindow(0, 10)).to.deep.equal({start: 0, end: 10, maxTimestamp: 9}).and.to.be.frozen
    const pane = {index: 1, onTimeIndex: 0, timing: 'on-time', isFirst: false, isLast: true} as const
    expect(paneInfo(pane))
      .to.equal(paneInfo({...pane}))
      .and.to.deep.equal(pane).and.to.be.frozen
    expect(paneInfo({...pane, isLast: false})).not.to.equal(paneInfo(pane))
  })

  it('have a global window with room for lateness after it, in numbers that are exact', () => {
    expect(GLOBAL_WINDOW).to.deep.include({start: MIN_TIMESTAMP, maxTimestamp: MAX_TIMESTAMP - 86_400_000})
    expect(boundedWindow(GLOBAL_WINDOW.start, GLOBAL_WINDOW.end)).to.equal(GLOBAL_WINDOW)
    expect([MIN_TIMESTAMP, MAX_TIMESTAMP].every(Number.isSafeInteger)).to.equal(true)
  })

  it('have a pane for what was never grouped', () => {
    expect(UNKNOWN_PANE).to.deep.equal({index: 0, onTimeIndex: 0, timing: 'unknown', isFirst: true, isLast: true})
  })
})
