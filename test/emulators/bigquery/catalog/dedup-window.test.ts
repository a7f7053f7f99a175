import {expect} from 'chai'
import {DEDUP_MS, DedupWindow} from '../../../../lib/emulators/bigquery/catalog/dedup-window.ts'

describe('local BigQuery: window of insertIds', () => {
  it('knows an id for a minute', () => {
    const window = new DedupWindow()
    window.add(['a'], 1000)
    expect(window.has('a', 1000 + DEDUP_MS - 1)).to.equal(true)
    expect(window.has('a', 1000 + DEDUP_MS)).to.equal(false)
  })

  it('counts the minute of an id from the last time it was stored', () => {
    const window = new DedupWindow()
    window.add(['a'], 0)
    window.add(['a'], DEDUP_MS)
    window.add(['b'], DEDUP_MS + 1)
    expect(window.has('a', 2 * DEDUP_MS - 1)).to.equal(true)
  })

  it('holds only the ids of a minute, however many came', () => {
    const window = new DedupWindow()
    for (let i = 0; i < 5000; i++) window.add([`${i}`], i * 1000)
    expect(window.size).to.equal(60)
  })
})
