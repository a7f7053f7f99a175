import {expect} from 'chai'
import {formatTime} from '../../../../lib/emulators/bigquery/native/format-time.ts'

const MICROS = BigInt(Date.parse('2024-06-01T12:04:05Z')) * 1000n + 120_000n

describe('FORMAT_TIMESTAMP and its like', () => {
  for (const [format, text] of [
    ['%F %T', '2024-06-01 12:04:05'],
    ['%A %a %B %b %j %u', 'Saturday Sat June Jun 153 6'],
    ['%E3S %E*S %E0S', '05.120 05.12 05'],
    ['%G-W%V %U %W', '2024-W22 21 22'],
    ['%I %p %l %k', '12 PM 12 12'],
    ['%Ez %z %Z', '+00:00 +0000 UTC'],
    ['%y %C %Q %%', '24 20 2 %'],
  ] as const)
    it(`${format} is ${text}`, () => expect(formatTime(format, MICROS, 'TIMESTAMP', 'UTC')).to.equal(text))

  it('uses the time zone', () => {
    expect(formatTime('%H %Ez %Z', MICROS, 'TIMESTAMP', 'Asia/Kolkata')).to.equal('17 +05:30 UTC+5:30')
  })
  it('refuses elements that the type does not have, and unknown ones', () => {
    expect(() => formatTime('%H', 0n, 'DATE', 'UTC')).to.throw('%H is not supported for DATE')
    expect(() => formatTime('%d', 0n, 'TIME', 'UTC')).to.throw('%d is not supported for TIME')
    expect(() => formatTime('%z', 0n, 'DATETIME', 'UTC')).to.throw('%z is not supported for DATETIME')
    expect(() => formatTime('%q', 0n, 'DATE', 'UTC')).to.throw('%q is not supported')
  })
})
