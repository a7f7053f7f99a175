import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {Bundle, deadLetter} from '../../../lib/core/index.ts'
import {FakeClock, runStage, testSource} from '../../../lib/testing/index.ts'
import {deduplicate, discard} from '../../../lib/transforms/index.ts'
import {rejection, thrown} from '../support.ts'

/** Bundles of values, and the clock moved on after each. */
async function* paced(clock: FakeClock, bundles: readonly (readonly [values: string[], ms: number])[]) {
  for (const [values, ms] of bundles) {
    yield [...values]
    await clock.advance(ms)
  }
}

describe('deduplicate', () => {
  it('drops copies, and keeps the order', async () => {
    expect((await runStage(deduplicate<number>(), [2, 1, 2, 3, 1])).output).to.deep.equal([2, 1, 3])
  })

  it('compares what `by` gives', async () => {
    const rows = [
      {id: 1, n: 1},
      {id: 2, n: 1},
      {id: 1, n: 2},
    ]
    const {output} = await runStage(deduplicate<(typeof rows)[0]>({by: ({id}) => id}), rows)
    expect(output).to.deep.equal(rows.slice(0, 2))
  })

  it('forgets a key when `within` has passed since its first element, whatever copies came', async () => {
    const clock = new FakeClock()
    const input = paced(clock, [
      [['a'], 600],
      [['a', 'b'], 399],
      [['a'], 1],
      [['a', 'b'], 599],
      [['b'], 1],
      [['b'], 0],
    ])
    const {output} = await runStage(clock.attach(deduplicate<string>({within: '1s'})), testSource(input))
    expect(output).to.deep.equal(['a', 'b', 'a', 'b'])
  })

  describe('by event time', () => {
    const at = (values: string[], timestamps: number[], watermark?: number) =>
      new Bundle(values, {timestamps: Float64Array.from(timestamps), watermark})
    const run = async (within: number, ...bundles: Bundle<string>[]) =>
      (await runStage(deduplicate<string>({within, time: 'event'}), testSource(bundles))).output

    it('forgets a key when the watermark reaches the first timestamp plus `within`', async () => {
      const found = await run(100, at(['a'], [0], 99), at(['a'], [500], 100), at(['a', 'a'], [200, 210], 110))
      expect(found).to.deep.equal(['a', 'a'])
    })

    it('takes elements in any order', async () => {
      const found = await run(
        100,
        at(['a', 'b', 'a', 'b'], [150, 20, 10, 90], 119),
        at(['b'], [130], 120),
        at(['b', 'a'], [130, 0], 250),
      )
      expect(found).to.deep.equal(['a', 'b', 'b'])
    })

    it('fails for an element without a timestamp, with what to do', async () => {
      const error = await rejection(runStage(deduplicate<number>({time: 'event'}), [1]))
      expect(error.code).to.equal('ERR_SLUICE_TIMESTAMP')
      expect(error.message).to.include('withTimestamps')
    })
  })

  it('acknowledges the messages of copies', async () => {
    const source = testSource([['a', 'a', 'b']], {leases: true})
    await pipeline(source, deduplicate<string>({state: 'volatile'}), discard())
    expect(source.acked).to.deep.equal(['a', 'a', 'b'])
  })

  it('is refused on messages without a choice of state, before anything is read', async () => {
    const source = testSource([['a']], {leases: true})
    const error = await rejection(pipeline(source, deduplicate<string>(), discard()))
    expect(error.code).to.equal('ERR_SLUICE_WINDOWING')
    expect(error.message).to.include("{state: 'volatile'}").and.include('after a restart')
    expect(source.pulled).to.equal(0)
  })

  it('sets aside an element whose key cannot be had', async () => {
    const stage = deduplicate<unknown, 'bad'>({by: () => Symbol('x'), onError: deadLetter('bad')})
    const {output, tags} = await runStage(stage, [1], {tags: ['bad']})
    expect([output.length, tags.bad.length]).to.deep.equal([0, 1])
  })

  it('refuses options that it cannot take', () => {
    expect(thrown(() => deduplicate({within: 0})).message).to.include('at least 1 ms')
    expect(thrown(() => deduplicate({time: 'clock'} as never)).message).to.include("'processing', 'event'")
    expect(thrown(() => deduplicate({withn: 1} as never)).message).to.include('did you mean `within`')
  })
})
