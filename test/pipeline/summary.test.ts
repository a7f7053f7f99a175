import {expect} from 'chai'
import {Pipeline, summary, summaryText} from '../../lib/pipeline/index.ts'
import {step} from '../monitor/step.ts'
import {Kept, numbers, Sort, Values} from './support.ts'

describe('the summary of a run', () => {
  it('is a table with one line a step, and what connectors count', () => {
    const steps = [
      step({name: 'Read', kind: 'source', out: 10_007}),
      step({name: 'Process', in: 10_007, out: 10_000, failed: 7, busyMs: 850, tagged: {bad: 7}}),
      step({name: 'Write', kind: 'sink', in: 10_000, busyMs: 1250, extra: {batches: 20, retries: 1}}),
    ]
    expect(summaryText(steps, 2500)).to.equal(
      [
        'step         in     out  failed    time',
        '---------------------------------------',
        'Read          -  10,007       0       -',
        'Process  10,007  10,000       7  850 ms  -> bad 7',
        'Write    10,000       -       0   1.3 s  batches 20, retries 1',
        'took 2.5 s',
      ].join('\n'),
    )
  })

  it('shows what user code counts', () => {
    const text = summaryText([
      step({
        counters: {seen: 3},
        gauges: {queue: 2},
        distributions: {
          bytes: {count: 2, sum: 30, min: 10, max: 20},
          none: {count: 0, sum: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY},
        },
      }),
    ])
    expect(text).to.match(/seen 3, queue 2, bytes 10\.\.20, mean 15$/)
  })

  it('shows what a source of messages has seen, and how far a sink is behind it', () => {
    const text = summaryText([
      step({name: 'Read', kind: 'source', extra: {outstanding: 0, redelivered: 3, backlog: 0, oldestUnackedMs: 1500}}),
      step({name: 'Check', extra: {nacked: 2}, lagMs: 900}),
      step({name: 'Write', kind: 'sink', lagMs: 1200}),
    ])
    expect(text)
      .to.match(/^Read .* redelivered 3, oldestUnackedMs 1\.5 s$/m)
      .and.to.match(/^Check .* nacked 2$/m)
      .and.to.match(/^Write .* lag 1\.2 s$/m)
  })

  it('says nothing of a lag behind a source of files, which may be of any year', () => {
    const text = summaryText([
      step({name: 'Read', kind: 'source', watermark: 0, lagMs: 1e12}),
      step({name: 'Write', kind: 'sink', watermark: 0, lagMs: 1e12}),
    ])
    expect(text).not.to.contain('lag')
  })

  it('notes what was dropped because nobody reads the tag', () => {
    const text = summaryText([step({name: 'Sort', dropped: {odd: 1}})])
    expect(text).to.match(/note: Sort emitted 1 element to output 'odd', which nobody reads: dropped$/)
  })

  it('notes a main output that no step reads', () => {
    expect(summaryText([step({name: 'Sort', unread: 5000})])).to.match(
      /note: no step reads the output of Sort: 5,000 elements went nowhere$/,
    )
  })

  it('notes a step that waited for one call at a time', () => {
    const text = summaryText([step({name: 'Enrich', peakInFlight: 1, busyMs: 9000})], 10_000)
    expect(text).to.match(/note: Enrich waited for one asynchronous call at a time; `concurrency: 10`/)
  })

  it('does not note a step that overlaps calls, or takes a small part of the run', () => {
    const steps = [step({peakInFlight: 10, busyMs: 9000}), step({peakInFlight: 1, busyMs: 2000})]
    expect(summaryText(steps, 10_000)).not.to.contain('note')
  })

  it('is what the result of a run gives', async () => {
    const p = new Pipeline()
    const sorted = p.apply('Read', new Values(numbers(10))).apply('Sort', new Sort())
    sorted.tagged('odd').apply('Odd', new Kept())
    const result = await p.run()
    expect(summary(result)).to.equal(result.summary())
    expect(result.summary())
      .to.match(/^Sort +10 +10 +0 .*-> odd 5$/m)
      .and.to.match(/^note: .*'even'/m)
  })

  it('takes the stages of a plain stream pipeline', () => {
    const stages = [new Values([1], 10, {name: 'numbers'}), new Kept()]
    expect(summary(stages.map(stage => stage.info)))
      .to.match(/^numbers/m)
      .and.to.match(/^Kept/m)
  })
})
