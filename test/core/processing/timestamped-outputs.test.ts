import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {Bundle, type DoFn, deadLetter, flatMap, map, timestamped} from '../../../lib/index.ts'
import {doFn, rejection, TestSink, TestSource} from '../support.ts'

const source = () => new TestSource([new Bundle([1, 2, 3], {timestamps: Float64Array.of(10, 20, 30)})])
const later = (n: number) => timestamped(n, n * 10 + 5)

/** The values that come out of a stage, and on its tag `t`, with their timestamps. */
async function outputsOf(stage: DoFn<number, number, Record<string, unknown>>) {
  const [sink, tagged] = [new TestSink<number>(), new TestSink<unknown>()]
  stage.tagged('t').pipe(tagged)
  await pipeline(source(), stage, sink)
  return {main: [sink.values, sink.timestamps], tag: [tagged.values, tagged.timestamps]}
}

const FORMS: Record<string, () => DoFn<number, number, Record<string, unknown>>> = {
  yield: () =>
    doFn(function* (n) {
      yield later(n)
    }),
  'an array': () => doFn(n => [later(n)]),
  'a promise of an array': () => doFn(async n => [later(n)], {concurrency: 2}),
  'an async iterable': () =>
    doFn(async function* (n) {
      yield later(n)
    }),
  map: () => map((n: number) => later(n)) as never,
  'map with a promise': () => map(async (n: number) => later(n)) as never,
  flatMap: () => flatMap((n: number) => [later(n)]) as never,
}

describe('timestamped outputs', () => {
  for (const [form, make] of Object.entries(FORMS))
    it(`leave with their own timestamp from ${form}`, async () => {
      expect((await outputsOf(make())).main).to.deep.equal([
        [1, 2, 3],
        [15, 25, 35],
      ])
    })

  for (const asynchronous of [false, true])
    it(`leave over tags, ${asynchronous ? 'asynchronously' : 'synchronously'}`, async () => {
      const body = (n: number, c: {emit(tag: string, value: unknown): void}) => {
        c.emit('t', later(n))
        c.emit('t', n)
        return []
      }
      const stage = doFn(asynchronous ? async (n, c) => body(n, c) : body)
      expect((await outputsOf(stage)).tag).to.deep.equal([
        [1, 1, 2, 2, 3, 3],
        [15, 10, 25, 20, 35, 30],
      ])
    })

  it('leave from finishBundle, as early as any element of the bundle', async () => {
    const stage = doFn<number, number>({
      process: () => {},
      finishBundle: c => {
        c.emit('t', timestamped('t', 99))
        return [timestamped(7, 10), 8]
      },
    })
    const {main, tag} = await outputsOf(stage)
    expect(main).to.deep.equal([
      [7, 8],
      [10, 30],
    ])
    expect(tag).to.deep.equal([['t'], [99]])
  })

  for (const asynchronous of [false, true])
    it(`are refused before their element, but for allowedSkew, ${asynchronous ? 'asynchronously' : 'synchronously'}`, async () => {
      const body = (n: number) => [timestamped(n, n * 10 - 5)]
      const make = (options?: object) => doFn(asynchronous ? async n => body(n) : body, {name: 'early', ...options})
      expect((await outputsOf(make({allowedSkew: 5}))).main[1]).to.deep.equal([5, 15, 25])
      const error = await rejection(pipeline(source(), make({allowedSkew: 4}), new TestSink()))
      expect(error).to.include({code: 'ERR_SLUICE_TIMESTAMP', stage: 'early', element: 1})
      const {main, tag} = await outputsOf(make({onError: deadLetter('t')}))
      expect([main[0], tag[0]!.length]).to.deep.equal([[], 3])
    })

  it('freeze an object that leaves over a tag and on the main output', async () => {
    const row = {a: 1}
    const stage = doFn<number, unknown>((_, c) => {
      c.emit('t', timestamped(row, 1000))
      return [timestamped(row, 2000)]
    })
    const [sink, tagged] = [new TestSink<unknown>(), new TestSink<unknown>()]
    stage.tagged('t').pipe(tagged)
    await pipeline(new TestSource([[1]]), stage, sink)
    expect([sink.values[0], tagged.values[0]]).to.deep.equal([row, row])
    expect(row).to.be.frozen
  })

  it('has its option checked', () => {
    expect(() => doFn(() => [], {allowedSkew: 'long' as never})).to.throw(/allowedSkew/)
  })
})
