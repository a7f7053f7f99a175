import {expect} from 'chai'
import {formatTime} from '../../../../lib/emulators/bigquery/native/format-time.ts'
import {parseByFormat} from '../../../../lib/emulators/bigquery/native/parse-time.ts'

const parsed = (format: string, text: string, zone = 'UTC') =>
  formatTime('%F %H:%M:%E*S', parseByFormat(format, text, 'TIMESTAMP', zone), 'TIMESTAMP', 'UTC')

describe('PARSE_TIMESTAMP and its like', () => {
  for (const [format, text, result] of [
    ['%d/%b/%Y:%H:%M:%S %z', '02/Jan/2024:03:04:05 +0200', '2024-01-02 01:04:05'],
    ['%I:%M %p', '03:05 pm', '1970-01-01 15:05:00'],
    ['%I %p', '12 AM', '1970-01-01 00:00:00'],
    ['%j %Y', '060 2024', '2024-02-29 00:00:00'],
    ['%y', '68', '2068-01-01 00:00:00'],
    ['%y', '69', '1969-01-01 00:00:00'],
    ['%E*S', '1.25', '1970-01-01 00:00:01.25'],
    ['%s', '86400', '1970-01-02 00:00:00'],
    ['%F  %R', ' 2024-1-2 3:4 ', '2024-01-02 03:04:00'],
  ] as const)
    it(`reads '${text}' by ${format}`, () => expect(parsed(format, text)).to.equal(result))

  it('takes the time zone for a text without one', () => {
    expect(parsed('%F', '2024-07-02', 'Europe/Berlin')).to.equal('2024-07-01 22:00:00')
  })
  it('refuses days that do not exist, and text before or after', () => {
    for (const [format, text] of [
      ['%F', '2023-02-29'],
      ['%j %Y', '366 2023'],
      ['%F', '2024-01-01x'],
      ['%F', 'x2024-01-01'],
      ['%H', '24'],
    ] as const)
      expect(() => parsed(format, text), text).to.throw(text)
  })
})
