import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import fc from 'fast-check'
import {Bundle, boundedWindow, deadLetter, SequenceIds} from '../../../lib/core/index.ts'
import {FakeClock, runStage, testSource} from '../../../lib/testing/index.ts'
import {discard, groupIntoBatches, type KV, reshuffle} from '../../../lib/transforms/index.ts'
import {rejection, settle, thrown} from '../support.ts'
import {BundleSink} from './support.ts'

type Pair = KV<string, number>
const pairs = (text: string): Pair[] => [...text].map((key, i) => [key, i] as const)

describe('groupIntoBatches', () => {
  it('gathers `size` values of each key, and the rest at the end', async () => {
    const {output} = await runStage(groupIntoBatches<string, number>({size: 2}), pairs('abaabba'))
    expect(output).to.deep.equal([
      ['a', [0, 2]],
      ['b', [1, 4]],
      ['a', [3, 6]],
      ['b', [5]],
    ])
  })

  it('has each value in one batch of its key, in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('a', 'b', 'c')), fc.integer({min: 1, max: 4}), async (keys, size) => {
        const input = pairs(keys.join(''))
        const {output} = await runStage(groupIntoBatches<string, number>({size}), input)
        for (const key of 'abc')
          expect(output.filter(([k]) => k === key).flatMap(([, values]) => values)).to.deep.equal(
            input.filter(([k]) => k === key).map(([, value]) => value),
          )
        expect(output.every(([, values]) => values.length <= size && values.length > 0)).to.equal(true)
      }),
      {numRuns: 40},
    )
  })

  it('ends a batch before it would exceed `bytes`; a larger value is alone', async () => {
    const input: KV<string, string>[] = ['aa', 'bbb', 'c', 'dddddddd', 'e'].map(value => ['k', value])
    const {output} = await runStage(groupIntoBatches<string, string>({bytes: 5}), input)
    expect(output.map(([, values]) => values)).to.deep.equal([['aa', 'bbb'], ['c'], ['dddddddd'], ['e']])
  })

  it('takes objects with equal properties for one key', async () => {
    const input: KV<object, number>[] = [
      [{a: 1, b: 2}, 1],
      [{b: 2, a: 1}, 2],
    ]
    expect((await runStage(groupIntoBatches<object, number>({size: 9}), input)).output).to.deep.equal([
      [{a: 1, b: 2}, [1, 2]],
    ])
  })

  it('emits a batch when its first value has waited for `delay`', async () => {
    const clock = new FakeClock()
    const sink = new BundleSink()
    async function* input() {
      yield pairs('a')
      await settle()
      await clock.advance(600)
      yield pairs('ab')
      await settle()
      await clock.advance(400)
      await settle()
      expect(sink.bundles.flatMap(({values}) => values)).to.deep.equal([['a', [0, 0]]])
      await clock.advance(600)
      await settle()
      expect(sink.bundles.flatMap(({values}) => values)).to.have.length(2)
    }
    const stage = clock.attach(groupIntoBatches<string, number>({size: 9, delay: '1s'}))
    await pipeline(testSource(input()), stage, sink)
    expect(sink.bundles.flatMap(({values}) => values)).to.deep.equal([
      ['a', [0, 0]],
      ['b', [1]],
    ])
  })

  describe('in windows', () => {
    const [first, second] = [boundedWindow(0, 10), boundedWindow(10, 20)]

    it('has a batch of one window, which ends with it', async () => {
      const sink = new BundleSink()
      const bundles = [
        new Bundle(pairs('aa'), {
          windows: [first, second],
          timestamps: Float64Array.of(5, 15),
          ids: new SequenceIds('s', 0),
          watermark: 12,
        }),
        new Bundle(pairs('a'), {
          windows: [second],
          timestamps: Float64Array.of(11),
          ids: new SequenceIds('s', 2),
          watermark: 13,
        }),
      ]
      await pipeline(testSource(bundles), groupIntoBatches<string, number>({size: 9}), sink)
      expect(sink.bundles.flatMap(({values}) => values)).to.deep.equal([
        ['a', [0]],
        ['a', [1, 0]],
      ])
      expect(sink.bundles.flatMap(({windows}) => windows)).to.deep.equal([first, second])
      expect(sink.bundles.flatMap(({timestamps}) => [...timestamps!])).to.deep.equal([5, 11])
      expect(sink.bundles.flatMap(({ids, values}) => values.map((_, i) => ids!.at(i)))).to.deep.equal(['0.b', '1.b'])
    })

    it('has a value in a batch of each of its windows, under different ids', async () => {
      const sink = new BundleSink()
      const bundle = new Bundle(pairs('a'), {windows: [[first, second]], ids: new SequenceIds('s', 0)})
      await pipeline(testSource([bundle]), groupIntoBatches<string, number>({size: 1}), sink)
      expect(sink.bundles.flatMap(({windows}) => windows)).to.deep.equal([first, second])
      expect(sink.bundles.flatMap(({ids, values}) => values.map((_, i) => ids!.at(i)))).to.deep.equal(['0.b', '0.b1'])
    })
  })

  it('acknowledges the messages of a batch when it is committed', async () => {
    const source = testSource([pairs('aba')], {leases: true})
    await pipeline(source, groupIntoBatches<string, number>({size: 2, delay: '1s'}), discard())
    expect(source.acked).to.have.length(3)
  })

  it('is refused on messages without `delay`, before anything is read', async () => {
    const source = testSource([pairs('a')], {leases: true})
    const error = await rejection(pipeline(source, groupIntoBatches<string, number>({size: 2}), discard()))
    expect(error.code).to.equal('ERR_SLUICE_WINDOWING')
    expect(error.message).to.include("{delay: '10s'}")
    expect(source.pulled).to.equal(0)
  })

  it('sets aside what is no pair', async () => {
    const stage = groupIntoBatches<string, number, 'bad'>({size: 2, onError: deadLetter('bad')})
    const {output, tags} = await runStage(stage, [5 as never, ['a', 1]], {tags: ['bad']})
    expect(output).to.deep.equal([['a', [1]]])
    expect((tags.bad[0] as {error: string}).error).to.include('withKeys')
  })

  it('refuses to gather without a limit, and options that it cannot take', () => {
    expect(thrown(() => groupIntoBatches({})).message).to.include('groupByKey')
    expect(thrown(() => groupIntoBatches({size: 0})).message).to.include('at least 1')
    expect(thrown(() => groupIntoBatches({bytes: '1x' as never})).message).to.include("'9MB'")
    expect(thrown(() => groupIntoBatches({max: 1} as never)).message).to.include('unknown option `max`')
  })
})

describe('reshuffle', () => {
  it('hands everything on as it is', async () => {
    const sink = new BundleSink()
    const bundle = new Bundle([3, 1, 2], {
      ids: new SequenceIds('s', 0),
      timestamps: Float64Array.of(1, 2, 3),
      watermark: 9,
    })
    await pipeline(testSource([bundle]), reshuffle<number>(), sink)
    expect(sink.bundles.flatMap(({values}) => values)).to.deep.equal([3, 1, 2])
    expect([...sink.bundles[0]!.timestamps!]).to.deep.equal([1, 2, 3])
    expect(sink.bundles[0]!.ids!.at(2)).to.equal('2')
  })

  it('acknowledges nothing itself', async () => {
    const source = testSource([[1, 2]], {leases: true})
    await pipeline(source, reshuffle<number>(), discard())
    expect(source.acked).to.deep.equal([1, 2])
  })
})
