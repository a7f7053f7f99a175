import {expect} from 'chai'
import {formatDuration, parseDuration} from '../../lib/util/index.ts'

describe('durations', () => {
  it('are milliseconds, or a number with a unit', () => {
    const given = [0, 250, '250ms', '5s', '1.5s', '2m', '1h', '1d', ' 5 s ']
    expect(given.map(parseDuration)).to.deep.equal([0, 250, 250, 5000, 1500, 120_000, 3_600_000, 86_400_000, 5000])
  })

  it('are nothing else', () => {
    for (const given of [
      -1,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      '5',
      '5 parsecs',
      '-5s',
      `${'9'.repeat(400)}s`,
      '0x5s',
      '1e3s',
      '٥s',
      '',
      null,
      undefined,
      {},
    ])
      expect(parseDuration(given), String(given)).to.equal(undefined)
  })

  it('are written for people', () => {
    const hour = 3_600_000
    const long = [hour - 1000, hour - 1, hour, 5.2 * hour, 24 * hour - 1, 480_641 * 60_000 + 29_000, 365 * 24 * hour]
    expect([0.4, 850, 1200, 59_999, 119_700, 185_000, ...long].map(formatDuration)).to.deep.equal([
      '0 ms',
      '850 ms',
      '1.2 s',
      '60.0 s',
      '2 m 0 s',
      '3 m 5 s',
      '59 m 59 s',
      '1 h 0 m',
      '1 h 0 m',
      '5 h 12 m',
      '1 d 0 h',
      '333 d 19 h',
      '365 d 0 h',
    ])
  })
})
