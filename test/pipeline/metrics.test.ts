import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'
import {writeToText} from '../../lib/io/text/index.ts'
import {Pipeline, type PipelineRun, type StepMetrics} from '../../lib/pipeline/index.ts'
import {FakeClock, testSink, testSource} from '../../lib/testing/index.ts'
import {create, map} from '../../lib/transforms/index.ts'
import {ManualSource, until, withIds} from '../core/support.ts'
import {Kept, numbers, Sort, Values} from './support.ts'

const START = Date.UTC(2020, 0, 1)

function stepOf(run: PipelineRun, name: string): StepMetrics {
  return run.metrics().find(step => step.name === name)!
}

/** A run that gets its elements by hand, on a clock that stands still. */
function byHand() {
  const clock = new FakeClock()
  const p = new Pipeline()
  const source = clock.attach(new ManualSource<number>())
  const sink = testSink<number>()
  p.apply('Read', source)
    .apply(
      'Double',
      map((n: number) => n * 2),
    )
    .apply('Keep', sink)
  const run = p.run()
  const give = async (count: number) => {
    const before = sink.values.length
    source.give(withIds(numbers(count)))
    await sink.received(before + count)
  }
  return {clock, source, sink, run, give}
}

describe('the throughput of a step', () => {
  it('is elements a second, in and out', async () => {
    const {clock, source, run, give} = byHand()
    await give(100)
    await clock.advance('2s')
    expect(stepOf(run, 'Read')).to.include({inPerSecond: 0, outPerSecond: 50})
    expect(stepOf(run, 'Double')).to.include({inPerSecond: 50, outPerSecond: 50})
    expect(stepOf(run, 'Keep')).to.include({inPerSecond: 50, outPerSecond: 0})
    source.finish()
    await run
  })

  it('is unknown before any time has passed', async () => {
    const {source, run, give} = byHand()
    await give(1)
    expect(stepOf(run, 'Read').outPerSecond).to.equal(undefined)
    source.finish()
    await run
  })

  it('is the average of the last ten seconds', async () => {
    const {clock, source, run, give} = byHand()
    await give(1000)
    await clock.advance('1m')
    expect(stepOf(run, 'Read').outPerSecond).to.equal(0)
    await give(90)
    await clock.advance(500)
    expect(stepOf(run, 'Read').outPerSecond).to.be.within(9, 10)
    source.finish()
    await run
  })

  it('stays as it was when the run has ended, and no timer is left', async () => {
    const {clock, source, run, give} = byHand()
    await give(10)
    await clock.advance('1s')
    source.finish()
    await run
    expect(clock.pending).to.deep.equal([])
    await clock.advance('1h')
    expect(stepOf(run, 'Read').outPerSecond).to.equal(10)
    expect((await run).steps[0]!.outPerSecond).to.equal(10)
  })
})

describe('the watermark of a step', () => {
  it('is what it has handed on, a sink its smallest input; the lag is its distance to now', async () => {
    const {clock, source, run, sink} = byHand()
    source.give(withIds([1], 0, {watermark: START - 5000}))
    await sink.received(1)
    await clock.advance('1s')
    for (const name of ['Read', 'Double', 'Keep'])
      expect(stepOf(run, name)).to.include({watermark: START - 5000, lagMs: 6000})
    source.finish()
    await run
  })

  it('is unknown for a source that has none', async () => {
    const {source, run, give} = byHand()
    await give(1)
    expect(stepOf(run, 'Keep')).to.include({watermark: undefined, lagMs: undefined})
    source.finish()
    await run
  })

  it('of a sink on a tag is that of the tag', async () => {
    const p = new Pipeline()
    const sorted = p.apply('Read', testSource([[1, 2]], {watermarks: [1000]})).apply('Sort', new Sort())
    sorted.tagged('odd').apply('Odd', new Kept())
    const run = p.run()
    await run
    expect(stepOf(run, 'Odd').watermark).to.equal(1000)
  })
})

describe('what a connector reports of itself', () => {
  it('is asked when metrics are read, and shown with what it counts', async () => {
    const p = new Pipeline()
    let backlog = 7
    const source = new Values([1], 10, {}, {observe: () => ({backlog})})
    source.info.metrics.extra['batches'] = 1
    p.apply('Read', source).apply('Keep', new Kept())
    const run = p.run()
    expect(stepOf(run, 'Read').extra).to.deep.equal({batches: 1, backlog: 7})
    backlog = 0
    expect(stepOf(run, 'Read').extra).to.deep.equal({batches: 1, backlog: 0})
    await run
  })

  it('says of a source of messages how many are outstanding', async () => {
    const p = new Pipeline()
    const source = testSource([[1, 2, 3]], {leases: true})
    const sink = testSink({stall: true})
    p.apply('Read', source).apply('Keep', sink)
    const run = p.run()
    await until(() => source.pulled === 3)
    expect(stepOf(run, 'Read').extra['outstanding']).to.equal(3)
    sink.release()
    await run
    expect(stepOf(run, 'Read').extra['outstanding']).to.equal(0)
  })
})

describe('the files of a step', () => {
  it('are named in the result of the run, when they are final', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
    const p = new Pipeline()
    p.apply('Read', create(['a', 'b'])).apply('Write', writeToText(join(dir, 'out'), {numShards: 2}))
    const run = p.run()
    expect(stepOf(run, 'Write').written).to.deep.equal([])
    const {steps} = await run
    expect(steps[0]).to.not.have.property('written')
    expect(steps[1]!.written).to.deep.equal([join(dir, 'out-00000-of-00002'), join(dir, 'out-00001-of-00002')])
    await rm(dir, {recursive: true})
  })
})
