import {expect} from 'chai'
import fc from 'fast-check'
import {parseTimestamp} from '../../../../lib/io/pubsub/messages/timestamps.ts'

describe('timestamps of attributes', () => {
  it('are milliseconds or RFC 3339', () => {
    expect(parseTimestamp('1700000000000')).to.equal(1_700_000_000_000)
    expect(parseTimestamp('-5')).to.equal(-5)
    expect(parseTimestamp('1970-01-01T00:00:01Z')).to.equal(1000)
    expect(parseTimestamp('1970-01-01t00:00:01.999999z')).to.equal(1999)
    expect(parseTimestamp('1970-01-01T01:00:00+01:00')).to.equal(0)
  })

  for (const text of [
    undefined,
    '',
    'x',
    '1e3',
    '1.5',
    ' 1',
    '2024-01-01',
    '2024-01-01T00:00:00',
    '2024-13-01T00:00:00Z',
    '9999999999999999',
    '2024-02-30T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2024-04-31T00:00:00Z',
    '2024-01-01T24:00:00Z',
    '2016-12-31T23:59:60Z',
    '2024-01-01T00:60:00Z',
    '2024-01-01T00:00:00+24:00',
    '2024-01-01T00:00:00+01:60',
    '0000-01-01T00:00:00Z',
  ])
    it(`are not ${JSON.stringify(text)}`, () => expect(parseTimestamp(text)).to.be.NaN)

  it('of any date come back from its ISO form', () => {
    fc.assert(
      fc.property(fc.date({min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true}), date => {
        expect(parseTimestamp(date.toISOString())).to.equal(date.getTime())
      }),
    )
  })
})
