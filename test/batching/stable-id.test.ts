import {expect} from 'chai'
import {STABLE_ID_LENGTH, stableIds} from '../../lib/batching/index.ts'
import {Bundle, ListIds, OffsetIds} from '../../lib/core/index.ts'

const bundle = (prefix: string, offsets: number[]) => new Bundle(offsets, {ids: new OffsetIds(prefix, offsets)})
const make = (sink = 'Write') => stableIds(() => sink)

describe('batching: stableIds', () => {
  it('are the same in another run, however bundles are cut, and differ between rows, inputs and sinks', () => {
    const [whole, cut] = [bundle('gs://b/o#1', [0, 10]), bundle('gs://b/o#1', [10])]
    expect(make()(whole, 1)).to.equal(make()(cut, 0))
    const others = [make()(whole, 0), make()(bundle('gs://b/o#2', [10]), 0), make('Other')(whole, 1)]
    expect(new Set([make()(whole, 1), ...others]).size).to.equal(4)
  })

  it('are random without ids of the input, each a different one', () => {
    const ids = make()
    const rows = new Bundle([1, 2])
    expect(new Set([ids(rows, 0), ids(rows, 1), ids(rows, 0), make()(rows, 0)]).size).to.equal(4)
  })

  it('are printable ASCII within 128 characters, whatever the ids of the input are', () => {
    for (const id of ['y'.repeat(1000), 'ä\n'])
      expect(make()(new Bundle([0], {ids: new ListIds('x'.repeat(1024), [id])}), 0))
        .to.match(/^[\x20-\x7e]+$/)
        .and.to.have.lengthOf.at.most(STABLE_ID_LENGTH)
  })
})
