// What must and must not compile with windows and triggers; checked by `tsc --noEmit`, never run.
import type {DeadLetter, DoFn, ProcessContext, Source} from '../../lib/core/index.ts'
import {
  afterCount,
  afterProcessingTime,
  afterWatermark,
  calendarDays,
  calendarWeeks,
  customWindows,
  deadLetter,
  fixedWindows,
  map,
  orFinally,
  Pipeline,
  parDo,
  slidingWindows,
  type Trigger,
  windowInto,
} from '../../lib/index.ts'

interface Event {
  user: string
  at: number
}
declare const events: Source<Event>
const p = new Pipeline()
const all = p.apply(events)

// windowInto leaves the type of elements as it is
const windowed = all.apply(windowInto(fixedWindows('1m')))
windowed.apply(map(event => event.user.toUpperCase()))
all.apply(windowInto(fixedWindows('1m'), {timestamp: event => event.at, outOfOrder: '5s', allowedLateness: '10m'}))
// @ts-expect-error: the function must return a number
all.apply(windowInto(fixedWindows('1m'), {timestamp: event => event.user}))
// @ts-expect-error: there is no such field
all.apply(windowInto(fixedWindows('1m'), {timestamp: event => event.time}))

// a trigger goes with accumulation
windowInto<Event>(fixedWindows('1m'), {trigger: afterWatermark(), accumulation: 'accumulating'})
windowInto<Event>(fixedWindows('1m'), {accumulation: 'accumulating'})
// @ts-expect-error: a trigger without accumulation
windowInto<Event>(fixedWindows('1m'), {trigger: afterWatermark()})
// @ts-expect-error: nor with undefined
windowInto<Event>(fixedWindows('1m'), {trigger: afterWatermark(), accumulation: undefined})
// @ts-expect-error: no such accumulation
windowInto<Event>(fixedWindows('1m'), {trigger: afterWatermark(), accumulation: 'both'})
// @ts-expect-error: not a trigger
windowInto<Event>(fixedWindows('1m'), {trigger: 'early', accumulation: 'discarding'})
// @ts-expect-error: not a window function
windowInto<Event>('1m')

// the tag of dead letters
const tagged: DoFn<Event, Event, {late: DeadLetter<Event>}> = windowInto<Event, 'late'>(fixedWindows('1m'), {
  onError: deadLetter('late'),
})
tagged.tagged('late')
// @ts-expect-error: no such tag
tagged.tagged('other')

// window functions
slidingWindows('10m', {period: '1m', offset: '30s'})
// @ts-expect-error: a period is needed
slidingWindows('10m')
// @ts-expect-error: not a duration
fixedWindows('1 minute')
calendarWeeks(1, {weekStart: 'sunday', timeZone: 'Europe/Berlin'})
// @ts-expect-error: not a weekday
calendarWeeks(1, {weekStart: 'Sunday'})
// @ts-expect-error: days begin at midnight
calendarDays(1, {weekStart: 'sunday'})
customWindows<Event>({name: 'mine', assign: (timestamp, {user}) => ({start: timestamp, end: timestamp + user.length})})
// @ts-expect-error: a window has an end
customWindows({name: 'mine', assign: timestamp => ({start: timestamp})})

// triggers
const trigger: Trigger = orFinally(
  afterWatermark({early: afterCount(1), late: afterCount(1)}),
  afterProcessingTime('1h'),
)
windowInto<Event>(fixedWindows('1m'), {trigger, accumulation: 'discarding'})
// @ts-expect-error: a count is a number
afterCount('1')
// @ts-expect-error: early takes a trigger
afterWatermark({early: 100})

// observesWindow
parDo((event: Event, c: ProcessContext) => [[event.user, c.window.start] as const], {observesWindow: true})
// @ts-expect-error: true or false
map((event: Event) => event.user, {observesWindow: 'yes'})
