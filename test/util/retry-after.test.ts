import {expect} from 'chai'
import {parseRetryAfter} from '../../lib/util/index.ts'

describe('Retry-After', () => {
  const now = Date.UTC(2026, 10, 30, 12)
  const cases: [string, number | undefined][] = [
    ['0', 0],
    ['77', 77_000],
    [' 77 ', 77_000],
    ['1.5', 1500],
    ['86400', 86_400_000],
    ['Mon, 30 Nov 2026 12:01:00 GMT', 60_000],
    ['Monday, 30-Nov-26 12:01:00 GMT', 60_000],
    ['Mon Nov 30 12:01:00 2026', 60_000],
    ['Mon, 30 Nov 2026 11:00:00 GMT', 0],
    ['', undefined],
    ['-5', undefined],
    ['+5', undefined],
    ['5s', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['soon', undefined],
    ['NaN', undefined],
    ['2026', 2_026_000],
    ['2026-11-30', undefined],
    ['Mon, 99 Nov 2026 12:01:00 GMT', undefined],
  ]
  for (const [header, ms] of cases)
    it(`'${header}' is ${ms === undefined ? 'none' : `${ms} ms`}`, () =>
      expect(parseRetryAfter(header, now)).to.equal(ms))

  it('is none without a header', () => {
    expect(parseRetryAfter(undefined, now)).to.equal(undefined)
    expect(parseRetryAfter(null, now)).to.equal(undefined)
  })

  for (const header of ['9'.repeat(400), 'Fri, 31 Dec 9999 23:59:59 GMT'])
    it(`is a finite pause: ${header.slice(0, 30)}`, () => expect(parseRetryAfter(header, now)).to.equal(2 ** 31 * 1000))
})
