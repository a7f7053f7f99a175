import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {
  afterCount,
  afterProcessingTime,
  afterWatermark,
  Bundle,
  create,
  customWindows,
  deadLetter,
  fixedWindows,
  globalWindow,
  map,
  Pipeline,
  repeatedly,
  slidingWindows,
  tap,
  windowInto,
} from '../../../lib/index.ts'
import {runStage, testSource} from '../../../lib/testing/index.ts'
import {fullBundle, rowsOf} from '../../core/bundle/columns.ts'
import {rejection, TestSink, TestSource} from '../../core/support.ts'

const at = (timestamps: number[], watermark?: number) =>
  new Bundle(timestamps, {timestamps: Float64Array.from(timestamps), watermark})
const into = (options: object) => windowInto<number>(fixedWindows(10), options as never)

async function windowsOf(stage: ReturnType<typeof into>, bundle: Bundle<number>): Promise<unknown[]> {
  const sink = new TestSink<number>({release: false})
  await pipeline(new TestSource([bundle]), stage, sink)
  return sink.got.flatMap(({windows}) => (windows ?? ['none']) as unknown[])
}

describe('windowInto()', () => {
  it('puts each element into the window of its event time, and keeps all other columns', async () => {
    const bundle = fullBundle(5)
    const sink = new TestSink<number>({release: false})
    await pipeline(new TestSource([bundle]), into({}), sink)
    const rows = sink.got.flatMap(rowsOf)
    const expected = rowsOf(bundle)
    expect(rows.map(({window: _, ...row}: Record<string, unknown>) => row)).to.deep.equal(
      expected.map(({window: _, ...row}: Record<string, unknown>) => row),
    )
    for (const [i, {windows}] of sink.got.entries())
      for (const [k, window] of windows!.entries())
        expect(window, `${i}`).to.equal(fixedWindows(10).assign(bundle.timestamps![k]!, undefined))
  })

  it('passes the watermark of its input on', async () => {
    const sink = new TestSink<number>({release: false})
    await pipeline(new TestSource([at([1, 2], 2), at([], 3)]), into({}), sink)
    expect(sink.watermarks.filter(Number.isFinite)).to.deep.equal([2, 3])
  })

  it('keeps an element in several windows as one element', async () => {
    expect(await windowsOf(windowInto(slidingWindows(20, {period: 10})), at([15]))).to.deep.equal([
      slidingWindows(20, {period: 10}).assign(15, 0),
    ])
  })

  it('drops elements that are in no window, counts them, and releases their messages', async () => {
    const source = testSource([[1, 5, 12]], {leases: true, timestamps: n => n})
    const stage = windowInto<number>(slidingWindows(3, {period: 10}))
    const sink = new TestSink<number>()
    await pipeline(source, stage, sink)
    expect(sink.values).to.deep.equal([1, 12])
    expect(source.acked).to.deep.equal([1, 5, 12])
    expect(stage.info.metrics.counters).to.deep.equal({'in no window': 1})
  })

  it('replaces the windows of an earlier one', async () => {
    const sink = new TestSink<number>({release: false})
    await pipeline(new TestSource([at([15])]), windowInto(slidingWindows(20, {period: 10})), into({}), sink)
    expect(sink.got[0]!.windows).to.deep.equal([fixedWindows(10).assign(15, 0)])
  })

  it('leaves no window with globalWindow(), as if there had been none', async () => {
    const sink = new TestSink<number>({release: false})
    await pipeline(new TestSource([at([15])]), into({}), windowInto(globalWindow()), sink)
    expect(sink.got[0]!.windows).to.equal(undefined)
  })

  it('needs no event time for globalWindow()', async () => {
    expect(await windowsOf(windowInto(globalWindow()), new Bundle([1]))).to.deep.equal(['none'])
  })

  it('takes the event time from the element, which the next stages see', async () => {
    const stage = windowInto(fixedWindows(10), {timestamp: (row: {at: number}) => row.at})
    const sink = new TestSink<{at: number}>({release: false})
    await pipeline(create([{at: 25}]), stage, sink)
    expect(sink.got[0]!.timestamps).to.deep.equal(Float64Array.of(25))
    expect(sink.got[0]!.windows).to.deep.equal([fixedWindows(10).assign(25, 0)])
  })

  it('starts a watermark with outOfOrder', async () => {
    const sink = new TestSink<number>({release: false})
    const stage = windowInto(fixedWindows(10), {timestamp: (n: number) => n, outOfOrder: 5})
    await pipeline(new TestSource([new Bundle([10]), new Bundle([30, 20])]), stage, sink)
    expect(sink.watermarks.filter(Number.isFinite)).to.deep.equal([5, 25])
  })

  it('does not move an event time back, but for allowedSkew', async () => {
    const run = (allowedSkew: number) =>
      pipeline(
        new TestSource([at([30])]),
        windowInto(fixedWindows(10), {timestamp: (n: number) => n - 5, allowedSkew}),
        new TestSink(),
      )
    await run(5)
    expect(await rejection(run(4))).to.include({code: 'ERR_SLUICE_TIMESTAMP'})
  })

  it('refuses an element without an event time, with the fix', async () => {
    const error = await rejection(pipeline(create([1]), into({name: 'minutes'}), new TestSink()))
    expect(error).to.include({code: 'ERR_SLUICE_TIMESTAMP', stage: 'minutes'})
    expect(error.message).to.match(/^minutes: the element has no event time.*windowInto\(…, {timestamp: /)
  })

  it('sets such elements aside with onError', async () => {
    const stage = windowInto(fixedWindows(10), {
      timestamp: (text: string) => Date.parse(text),
      onError: deadLetter('bad'),
    })
    const {output, tags} = await runStage(stage, ['2024-01-01', 'monday', '2024-01-02'], {tags: ['bad']})
    expect(output).to.deep.equal(['2024-01-01', '2024-01-02'])
    expect(tags.bad).to.have.length(1)
    expect(tags.bad[0]!.element).to.equal('monday')
  })

  it('sets elements aside for which a function of the user throws', async () => {
    const assign = (timestamp: number, n: number) => {
      if (n === 2) throw new Error('no window for 2')
      return {start: timestamp, end: timestamp + 1}
    }
    const stage = windowInto(customWindows<number>({name: 'mine', assign}), {
      onError: deadLetter('bad'),
      timestamp: (n: number) => n,
    })
    const {output, tags} = await runStage(stage, [1, 2, 3], {tags: ['bad']})
    expect(output).to.deep.equal([1, 3])
    expect(tags.bad[0]!.error).to.match(/no window for 2/)
  })

  it('gives DoFns the window of the element', async () => {
    const seen: unknown[] = []
    const p = new Pipeline()
    p.apply(create([1, 12]))
      .apply(windowInto(fixedWindows(10), {timestamp: n => n}))
      .apply(map((n, c) => [n, c.window.start, c.pane.timing]))
      .apply(tap(row => void seen.push(row)))
    await p.run()
    expect(seen).to.deep.equal([
      [1, 0, 'unknown'],
      [12, 10, 'unknown'],
    ])
  })

  describe('its options', () => {
    const wrong: [object, RegExp][] = [
      [{trigger: 'early'}, /windowInto: option `trigger` is 'early'; give a trigger/],
      [{allowedLateness: -1}, /option `allowedLateness` is -1/],
      [{accumulation: 'all'}, /option `accumulation` is 'all'; give one of 'discarding', 'accumulating'/],
      [{timestampCombiner: 'last'}, /option `timestampCombiner`/],
      [{closing: true}, /option `closing`/],
      [{onTime: 'never'}, /option `onTime`/],
      [{timestamp: 'at'}, /option `timestamp` is 'at'; give a function/],
      [{outOfOrder: '5s'}, /option `timestamp` is undefined; give a function .* together with outOfOrder/],
      [{latenes: 1}, /unknown option `latenes`/],
      [{allowUnsafeTriggers: 'yes'}, /option `allowUnsafeTriggers`/],
    ]
    for (const [options, message] of wrong)
      it(`are refused: ${JSON.stringify(options)}`, () => {
        expect(() => into(options)).to.throw(message)
      })

    it('need a window function', () => {
      for (const fn of [undefined, '1m', fixedWindows])
        expect(() => windowInto(fn as never)).to.throw(/windowInto: option `fn` is .*fixedWindows\('1m'\)/)
    })

    it('need accumulation beside a trigger', () => {
      const trigger = afterWatermark({early: afterCount(1)})
      expect(() => into({trigger}))
        .to.throw(/with the trigger afterWatermark\({early: afterCount\(1\)}\) .* accumulation: 'discarding'/)
        .with.property('code', 'ERR_SLUICE_WINDOWING')
      into({trigger, accumulation: 'discarding'})
    })
  })

  describe('refuses before anything is read', () => {
    const once = {trigger: afterProcessingTime('1s'), accumulation: 'discarding'}
    async function refused(stage: ReturnType<typeof into>): Promise<Error> {
      const source = new TestSource([at([1])])
      const error = await rejection(pipeline(source, stage, new TestSink()))
      expect(source.pulled).to.equal(0)
      expect(error).to.include({code: 'ERR_SLUICE_WINDOWING'})
      return error
    }

    it('a trigger that may finish and lose data', async () => {
      const error = await refused(into(once))
      expect(error.message).to.match(
        /windowInto has the trigger afterProcessingTime\(1000\), which finishes .*repeatedly\(/,
      )
    })

    it('the same in a Pipeline', async () => {
      const source = new TestSource([at([1])])
      const p = new Pipeline()
      p.apply(source).apply('Window', into(once)).apply(new TestSink())
      expect(await rejection(p.run())).to.include({code: 'ERR_SLUICE_WINDOWING', stage: 'Window'})
      expect(source.pulled).to.equal(0)
    })

    it('afterWatermark() without late firings when lateness is allowed, also by an earlier windowInto', async () => {
      const trigger = afterWatermark()
      const error = await refused(into({trigger, accumulation: 'discarding', allowedLateness: 5}))
      expect(error.message).to.match(/afterWatermark\({late: afterCount\(1\)}\), or allow no lateness \(it is 5 ms\)/)
      const source = new TestSource([at([1])])
      const late = into({allowedLateness: 5})
      const chained = pipeline(source, late, into({trigger, accumulation: 'discarding'}), new TestSink())
      expect(await rejection(chained)).to.include({code: 'ERR_SLUICE_WINDOWING'})
    })

    it('but not a trigger that loses nothing, nor one that is allowed to', async () => {
      await windowsOf(into({...once, trigger: repeatedly(once.trigger)}), at([1]))
      await windowsOf(into({trigger: afterWatermark(), accumulation: 'discarding'}), at([1]))
      await windowsOf(into({...once, allowUnsafeTriggers: true}), at([1]))
    })

    it('elements of a stream that is not ours, which have no event times', async () => {
      const error = await rejection(pipeline(Readable.from([1]), into({}), new TestSink()))
      expect(error).to.include({code: 'ERR_SLUICE_WINDOWING'})
      expect(error.message).to.match(/not a sluice stage.*windowInto\(…, {timestamp: /)
      const own = windowInto(fixedWindows(10), {timestamp: (n: number) => n})
      await pipeline(Readable.from([1]), own, new TestSink())
    })
  })
})
