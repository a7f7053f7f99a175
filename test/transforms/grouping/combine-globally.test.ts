import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {combineGlobally, count, create, fixedWindows, sum, windowInto} from '../../../lib/index.ts'
import {runStage} from '../../../lib/testing/index.ts'
import {rejection} from '../support.ts'
import {BundleSink} from './support.ts'

describe('combineGlobally', () => {
  it('makes one result of all elements', async () => {
    const {output} = await runStage(combineGlobally(sum()), [1, 2, 3])
    expect(output).to.deep.equal([6])
  })

  it('emits the result of no elements for empty input', async () => {
    const {output} = await runStage(combineGlobally(count()), [])
    expect(output).to.deep.equal([0])
  })

  it('emits nothing for empty input with withoutDefaults', async () => {
    const {output} = await runStage(combineGlobally(count(), {withoutDefaults: true}), [])
    expect(output).to.deep.equal([])
  })

  it('asks for withoutDefaults in windows', async () => {
    const windowed = windowInto(fixedWindows(10), {timestamp: (n: number) => n})
    const run = async () => pipeline(create([1]), windowed, combineGlobally(count()), new BundleSink())
    const error = await rejection(run())
    expect(error.code).to.equal('ERR_SLUICE_WINDOWING')
    expect(error.message).to.match(/withoutDefaults: true/)
  })

  it('makes one result per window', async () => {
    const windowed = windowInto(fixedWindows(10), {timestamp: (n: number) => n})
    const sink = new BundleSink()
    await pipeline(create([1, 5, 12]), windowed, combineGlobally(count(), {withoutDefaults: true}), sink)
    expect(sink.values).to.deep.equal([2, 1])
  })
})
