// What the streaming samples share: the DoFn, and the schemas of the two tables.
import {type DeadLetter, DoFn} from 'sluice'
import {integer} from './bird-strikes.ts'

/** One flight, as a row of the table. */
export interface Flight {
  id: number
  delay_minutes: number
  distance_miles: number
  departure: string
  is_late: boolean
}

export const flightSchema = 'id:INTEGER,delay_minutes:INTEGER,distance_miles:INTEGER,departure:STRING,is_late:BOOLEAN'

export const messageRejectSchema = 'element:BYTES,error:STRING,stack:STRING,stage:STRING,timestamp:TIMESTAMP'

/** Turns the data of a message into a row. A message that cannot be parsed throws; `onError` decides what happens to it. */
export class MyStreamProcessing extends DoFn<Buffer, Flight, {bad: DeadLetter<Buffer>}> {
  *process(data: Buffer) {
    const {id, delay, distance, time} = JSON.parse(data.toString())
    yield {
      id: integer('id', String(id)),
      delay_minutes: integer('delay', String(delay)),
      distance_miles: integer('distance', String(distance)),
      departure: clock(time),
      is_late: delay >= 15,
    }
  }
}

/** Hours as a fraction -> `HH:MM`. */
function clock(hours: unknown): string {
  if (typeof hours !== 'number' || !(hours >= 0 && hours <= 24))
    throw new Error(`time '${hours}' is not an hour of the day`)
  const minutes = Math.floor(hours * 60) % (24 * 60)
  return [Math.floor(minutes / 60), minutes % 60].map(n => String(n).padStart(2, '0')).join(':')
}
