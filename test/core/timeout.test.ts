import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {deadLetter, useClock} from '../../lib/core/index.ts'
import {FakeClock} from './fakes.ts'
import {doFn, LeasedSource, numberSource, rejection, settle, TestSink, TestSource} from './support.ts'

describe('timeout', () => {
  it('fails a call that takes longer, naming stage and element', async () => {
    const stage = doFn(async () => new Promise<number[]>(() => {}), {timeout: '5s', name: 'Slow'})
    const clock = new FakeClock()
    useClock(stage.info, clock)
    const done = rejection(pipeline(numberSource(1), stage, new TestSink()))
    await settle()
    await clock.advance(5000)
    const error = await done
    expect([error['code'], error['stage'], error['element']]).to.deep.equal(['ERR_SLUICE_TIMEOUT', 'Slow', 0])
    expect(error.message).to.include('timeout of 5.0 s')
  })

  it('sets no timer that outlives a call in time', async () => {
    const stage = doFn(async x => [x], {timeout: 5000})
    const clock = new FakeClock()
    useClock(stage.info, clock)
    await pipeline(numberSource(10), stage, new TestSink())
    expect(clock.pending).to.equal(0)
  })

  it('makes a dead letter, and what the call does afterwards counts for nothing', async () => {
    const clock = new FakeClock()
    let late = () => {}
    const stage = doFn<number, number>(
      async function* (x) {
        yield x
        if (x === 0) await new Promise<void>(resolve => (late = resolve))
        yield x + 100
      },
      {timeout: 5000, onError: deadLetter('bad'), concurrency: 2},
    )
    useClock(stage.info, clock)
    const [main, bad] = [new TestSink<number>(), new TestSink<{element: number}>()]
    stage.tagged('bad').pipe(bad)
    const source = new TestSource(
      (async function* () {
        yield [0]
        await settle()
        await clock.advance(5000)
        late()
        await settle()
        yield [1]
      })(),
    )
    await pipeline(source, stage, main)
    expect(main.values).to.deep.equal([1, 101])
    expect(bad.values.map(letter => letter.element)).to.deep.equal([0])
  })

  for (const kind of ['process', 'map', 'tap'] as const)
    it(`keeps no lease for what a late call answers (${kind})`, async () => {
      const clock = new FakeClock()
      let late = (_: number[]) => {}
      const hang = () => new Promise<number[]>(resolve => (late = resolve))
      const stage = doFn<number, number>(hang, {timeout: 5000, onError: deadLetter('bad')}, kind)
      useClock(stage.info, clock)
      stage.tagged('bad').pipe(new TestSink())
      const source = new LeasedSource(1)
      const done = pipeline(source, stage, new TestSink())
      await settle()
      await clock.advance(5000)
      late([1, 2, 3])
      await done
      expect(source.acked).to.deep.equal([0])
    })
})
