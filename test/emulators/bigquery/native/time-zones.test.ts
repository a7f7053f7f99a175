import {expect} from 'chai'
import {offsetMicros, offsetText} from '../../../../lib/emulators/bigquery/native/time-zones.ts'

const HOUR = 3_600_000_000n
const micros = (iso: string) => BigInt(Date.parse(iso)) * 1000n

describe('time zones of GoogleSQL', () => {
  it('are offsets or names, with summer time', () => {
    expect(offsetMicros('UTC', 0n)).to.equal(0n)
    expect(offsetMicros('+02:30', 0n)).to.equal((HOUR * 5n) / 2n)
    expect(offsetMicros('UTC-8', 0n)).to.equal(-8n * HOUR)
    expect(offsetMicros('Europe/Berlin', micros('2024-01-01T00:00:00Z'))).to.equal(HOUR)
    expect(offsetMicros('Europe/Berlin', micros('2024-07-01T00:00:00Z'))).to.equal(2n * HOUR)
  })
  it('hold for a local time around a change of the clocks', () => {
    // summer time begins at 02:00 local time, 01:00 UTC
    expect(offsetMicros('Europe/Berlin', micros('2024-03-31T01:59:00Z'), true)).to.equal(HOUR)
    expect(offsetMicros('Europe/Berlin', micros('2024-03-31T03:00:00Z'), true)).to.equal(2n * HOUR)
  })
  it('are refused if they do not exist', () => {
    expect(() => offsetMicros('Mars/Phobos', 0n)).to.throw('Invalid time zone: Mars/Phobos')
    expect(() => offsetMicros('+15:00', 0n)).to.throw('Invalid time zone: +15:00')
  })
  it('are printed with or without a separator', () => {
    expect([offsetText(-HOUR / 2n), offsetText(HOUR, ':')]).to.deep.equal(['-0030', '+01:00'])
  })
})
