import {expect} from 'chai'
import fc from 'fast-check'
import {isDay, parseRfc3339} from '../../lib/util/index.ts'

describe('days of the calendar', () => {
  it('are those that Date does not move to another month', () => {
    const number = (max: number) => fc.integer({min: 0, max})
    fc.assert(
      fc.property(number(9999), number(14), number(33), (year, month, day) => {
        const two = (value: number) => String(value).padStart(2, '0')
        const text = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`
        const date = new Date(0)
        date.setUTCFullYear(year, month - 1, day)
        expect(isDay(text), text).to.equal(year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day)
      }),
      {numRuns: 2000},
    )
  })
  for (const text of ['2024-02-29', '2000-02-29', '2023-12-31', '0001-01-01', '9999-12-31'])
    it(`${text} is one`, () => void expect(isDay(text)).to.equal(true))
  for (const text of ['2023-02-29', '1900-02-29', '2100-02-29', '2024-02-30', '2024-04-31', '2024-1-1', '24-01-01', ''])
    it(`'${text}' is none`, () => void expect(isDay(text)).to.equal(false))
})

describe('parseRfc3339', () => {
  it('reads what Date prints', () => {
    const min = new Date('0001-01-01T00:00:00Z')
    const max = new Date('9999-12-31T23:59:59.999Z')
    fc.assert(
      fc.property(fc.date({min, max, noInvalidDate: true}), date => {
        expect(parseRfc3339(date.toISOString())).to.equal(date.getTime())
      }),
    )
  })
  it('adds offsets and cuts digits beyond milliseconds', () => {
    expect(parseRfc3339('2024-02-29T23:59:59.999999999+02:30')).to.equal(Date.parse('2024-02-29T21:29:59.999Z'))
    expect(parseRfc3339('2024-01-31t12:00:00-00:00')).to.equal(Date.parse('2024-01-31T12:00:00Z'))
    expect(parseRfc3339('2024-01-31 12:00:00.5z')).to.equal(Date.parse('2024-01-31T12:00:00.500Z'))
  })
  for (const text of [
    '2024-02-30T00:00:00Z',
    '2024-01-31T24:00:00Z',
    '2024-01-31T23:60:00Z',
    '2016-12-31T23:59:60Z',
    '2024-01-31T00:00:00+24:00',
    '2024-01-31T00:00:00+00:60',
    '2024-01-31T00:00:00',
    '2024-01-31T00:00Z',
    '2024-01-31T00:00:00.Z',
    '2024-01-31',
    '٢٠٢٤-01-31T00:00:00Z',
  ])
    it(`has no time for '${text}'`, () => void expect(parseRfc3339(text)).to.be.NaN)
})
