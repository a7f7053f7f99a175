import {expect} from 'chai'
import {progressText} from '../../lib/monitor/index.ts'
import {step} from './step.ts'

describe('the progress of a run', () => {
  it('is a line per step: in, out, failed, elements a second, what waits', () => {
    const steps = [
      step({name: 'Read', kind: 'source', out: 12_000, outPerSecond: 999.6}),
      step({name: 'Enrich', in: 9000, out: 8000, failed: 3, outPerSecond: 500, waiting: 3000}),
      step({name: 'Write', kind: 'sink', in: 8000, inPerSecond: 400}),
    ]
    expect(progressText(steps)).to.equal(
      [
        'Read    out 12,000  1,000/s',
        'Enrich  in 9,000  out 8,000  failed 3  500/s  waiting 3,000',
        'Write   in 8,000  400/s',
      ].join('\n'),
    )
  })

  it('draws a bar for a source whose bytes are known, and reports the time left by them', () => {
    const steps = [step({name: 'Read', kind: 'source', out: 1, extra: {bytes: 25e6, totalBytes: 100e6}})]
    expect(progressText(steps, {elapsedMs: 10_000})).to.equal(
      'Read  out 1  █████░░░░░░░░░░░░░░░ 25% of 100.0 MB  30.0 s left',
    )
    expect(progressText(steps)).to.match(/100\.0 MB$/)
  })

  it('has a full bar at the end, and no time left, though a file has grown', () => {
    const steps = [step({name: 'Read', kind: 'source', extra: {bytes: 110, totalBytes: 100}})]
    expect(progressText(steps, {elapsedMs: 10})).to.equal(`Read  out 0  ${'█'.repeat(20)} 100% of 100 B`)
  })

  it('shows backlog and watermark of a stream of messages', () => {
    const watermark = Date.UTC(2024, 0, 31, 12)
    const extra = {outstanding: 5, backlog: 2}
    const steps = [
      step({name: 'Read', kind: 'source', out: 7, watermark, lagMs: 1500, extra}),
      step({name: 'Write', kind: 'sink', in: 4, watermark, lagMs: 2000}),
    ]
    expect(progressText(steps)).to.equal(
      [
        'Read   out 7  waiting 2  watermark 2024-01-31T12:00:00Z (lag 1.5 s)',
        'Write  in 4  watermark 2024-01-31T12:00:00Z (lag 2.0 s)',
      ].join('\n'),
    )
  })

  it('cuts lines at the width of the terminal, and has colours only when asked', () => {
    const steps = [step({name: 'Read', in: 1, out: 1, failed: 1})]
    expect(progressText(steps, {columns: 12})).to.equal('Read  in 1 …')
    expect(progressText(steps, {colors: true})).to.include('\x1b[31mfailed 1\x1b[39m')
  })
})
