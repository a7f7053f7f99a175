import {expect} from 'chai'
import fc from 'fast-check'
import {type BoundedWindow, GLOBAL_WINDOW, MAX_TIMESTAMP, MIN_TIMESTAMP} from '../../../lib/core/index.ts'
import {
  calendarDays,
  calendarMonths,
  calendarWeeks,
  calendarYears,
  type WindowFn,
} from '../../../lib/windowing/index.ts'

const HOUR = 3_600_000
const at = (fn: WindowFn, time: string) => fn.assign(Date.parse(time), undefined) as BoundedWindow
const span = (fn: WindowFn, time: string) => {
  const {start, end} = at(fn, time)
  return [new Date(start).toISOString(), new Date(end).toISOString()]
}
const hours = ({start, end}: BoundedWindow) => (end - start) / HOUR

describe('calendarDays', () => {
  it('goes from midnight to midnight in the time zone', () => {
    expect(span(calendarDays(1, {timeZone: 'Asia/Kolkata'}), '2024-05-01T18:29:59.999Z')).to.deep.equal([
      '2024-04-30T18:30:00.000Z',
      '2024-05-01T18:30:00.000Z',
    ])
    expect(span(calendarDays(), '2024-05-01T23:59:59.999Z')).to.deep.equal([
      '2024-05-01T00:00:00.000Z',
      '2024-05-02T00:00:00.000Z',
    ])
  })

  it('has 23 and 25 hours on the days when clocks change', () => {
    const fn = calendarDays(1, {timeZone: 'Europe/Berlin'})
    expect(hours(at(fn, '2024-03-31T12:00:00Z'))).to.equal(23)
    expect(hours(at(fn, '2024-10-27T12:00:00Z'))).to.equal(25)
    expect(hours(at(fn, '2024-10-28T12:00:00Z'))).to.equal(24)
  })

  it('begins at one where clocks skip midnight', () => {
    // in São Paulo, 2018-11-04 began at 01:00 (-02:00)
    expect(span(calendarDays(1, {timeZone: 'America/Sao_Paulo'}), '2018-11-04T12:00:00Z')).to.deep.equal([
      '2018-11-04T03:00:00.000Z',
      '2018-11-05T02:00:00.000Z',
    ])
  })

  it('begins at the first midnight where clocks are put back over it', () => {
    // in Havana, 2023-11-05 had 00:00 to 01:00 twice
    const window = at(calendarDays(1, {timeZone: 'America/Havana'}), '2023-11-05T12:00:00Z')
    expect(new Date(window.start).toISOString()).to.equal('2023-11-05T04:00:00.000Z')
    expect(hours(window)).to.equal(25)
  })

  it('has one window for a time of the day before that comes again after midnight', () => {
    // in St. John's, clocks went from 00:01 back to 23:01 of the day before
    const fn = calendarDays(1, {timeZone: 'America/St_Johns'})
    const day = at(fn, '2010-11-07T12:00:00Z')
    expect(new Date(day.start).toISOString()).to.equal('2010-11-07T02:30:00.000Z')
    expect(at(fn, '2010-11-07T02:40:00Z')).to.equal(day)
    expect(at(fn, '2010-11-07T02:29:59Z').end).to.equal(day.start)
  })

  it('has no window for a day that a place left out', () => {
    // Samoa went from 2011-12-29 to 2011-12-31
    const fn = calendarDays(1, {timeZone: 'Pacific/Apia'})
    const before = at(fn, '2011-12-30T09:59:59.999Z')
    const after = at(fn, '2011-12-30T10:00:00Z')
    expect(before.end).to.equal(after.start)
    expect([hours(before), hours(after)]).to.deep.equal([24, 24])
  })

  it('puts several days together, counted from a day', () => {
    const fn = calendarDays(3, {from: '2024-02-28'})
    expect(span(fn, '2024-02-27T23:59:00Z')).to.deep.equal(['2024-02-25T00:00:00.000Z', '2024-02-28T00:00:00.000Z'])
    expect(span(fn, '2024-03-01T23:59:00Z')).to.deep.equal(['2024-02-28T00:00:00.000Z', '2024-03-02T00:00:00.000Z'])
  })

  for (const timeZone of [
    'America/St_Johns',
    'Africa/Casablanca',
    'Australia/Lord_Howe',
    'America/Sao_Paulo',
    'Asia/Tehran',
  ])
    it(`divides all of time without gaps or overlaps in ${timeZone}`, () => {
      const fn = calendarDays(1, {timeZone})
      const timestamp = fc.integer({min: Date.UTC(1900, 0, 1), max: Date.UTC(2040, 0, 1)})
      fc.assert(
        fc.property(timestamp, t => {
          const window = fn.assign(t, undefined) as BoundedWindow
          expect(t).to.be.within(window.start, window.maxTimestamp)
          expect((fn.assign(window.end, undefined) as BoundedWindow).start).to.equal(window.end)
          expect((fn.assign(window.start - 1, undefined) as BoundedWindow).end).to.equal(window.start)
          expect(fn.assign(t, undefined)).to.equal(window)
        }),
      )
    })

  it('is cut to the ends of time', () => {
    const fn = calendarDays(1, {timeZone: 'America/New_York'})
    for (const t of [MIN_TIMESTAMP, GLOBAL_WINDOW.maxTimestamp, GLOBAL_WINDOW.end, MAX_TIMESTAMP]) {
      const {start, end} = fn.assign(t, undefined) as BoundedWindow
      expect(start).to.be.within(MIN_TIMESTAMP, t)
      expect(end).to.be.within(t + 1, MAX_TIMESTAMP + 1)
    }
  })

  it('has years before the first', () => {
    expect(span(calendarDays(), '-000044-03-15T12:00:00Z')[0]).to.equal('-000044-03-15T00:00:00.000Z')
  })

  it('refuses a time zone that does not exist', () => {
    for (const timeZone of ['Europe/Entenhausen', '', 5])
      expect(() => calendarDays(1, {timeZone: timeZone as never})).to.throw(
        /calendarDays: option `timeZone` is .*Europe\/Berlin/,
      )
  })

  it('refuses dates that do not exist', () => {
    for (const from of ['2023-02-29', 'monday', '2024-1-1', 20240101])
      expect(() => calendarDays(1, {from: from as never})).to.throw(/calendarDays: option `from` is .*'2024-04-06'/)
  })

  it('refuses half a day', () => {
    expect(() => calendarDays(0.5)).to.throw(/option `n` is 0.5/)
  })
})

describe('calendarWeeks', () => {
  it('begins on Monday', () => {
    expect(span(calendarWeeks(), '2024-05-05T12:00:00Z')).to.deep.equal([
      '2024-04-29T00:00:00.000Z',
      '2024-05-06T00:00:00.000Z',
    ])
  })

  it('begins on another day', () => {
    const fn = calendarWeeks(1, {weekStart: 'sunday', timeZone: 'America/New_York'})
    expect(span(fn, '2024-05-05T12:00:00Z')).to.deep.equal(['2024-05-05T04:00:00.000Z', '2024-05-12T04:00:00.000Z'])
  })

  it('counts pairs of weeks from that of a day', () => {
    const fn = calendarWeeks(2, {from: '2024-05-01'})
    expect(span(fn, '2024-05-10T12:00:00Z')).to.deep.equal(['2024-04-29T00:00:00.000Z', '2024-05-13T00:00:00.000Z'])
  })

  it('refuses a day that is not a weekday', () => {
    expect(() => calendarWeeks(1, {weekStart: 'Monday' as never})).to.throw(/option `weekStart` is 'Monday'/)
  })
})

describe('calendarMonths', () => {
  it('has months of their own length', () => {
    expect(span(calendarMonths(), '2024-02-29T23:00:00Z')).to.deep.equal([
      '2024-02-01T00:00:00.000Z',
      '2024-03-01T00:00:00.000Z',
    ])
  })

  it('begins on another day of the month, and puts months together', () => {
    const fn = calendarMonths(3, {from: '2024-01-15', timeZone: 'Europe/Berlin'})
    expect(span(fn, '2024-04-14T21:59:59Z')).to.deep.equal(['2024-01-14T23:00:00.000Z', '2024-04-14T22:00:00.000Z'])
    expect(span(fn, '2024-04-14T22:00:00Z')).to.deep.equal(['2024-04-14T22:00:00.000Z', '2024-07-14T22:00:00.000Z'])
  })

  it('counts months before 1970', () => {
    expect(span(calendarMonths(2), '1969-12-31T23:00:00Z')).to.deep.equal([
      '1969-11-01T00:00:00.000Z',
      '1970-01-01T00:00:00.000Z',
    ])
  })

  it('refuses a day that not every month has', () => {
    expect(() => calendarMonths(1, {from: '2024-01-31'})).to.throw(/a day that every month has/)
  })
})

describe('calendarYears', () => {
  it('begins with the calendar year', () => {
    expect(span(calendarYears(), '2024-12-31T23:59:59Z')).to.deep.equal([
      '2024-01-01T00:00:00.000Z',
      '2025-01-01T00:00:00.000Z',
    ])
  })

  it('begins with a fiscal year', () => {
    const fn = calendarYears(1, {from: '2024-04-06', timeZone: 'Europe/London'})
    expect(span(fn, '2025-04-05T22:59:59Z')).to.deep.equal(['2024-04-05T23:00:00.000Z', '2025-04-05T23:00:00.000Z'])
  })

  it('has the same windows as twelve months from the same day', () => {
    expect(calendarYears(1).key).to.equal(calendarMonths(12).key)
  })
})
