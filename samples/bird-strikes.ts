// What the batch samples share: the DoFn, and the schemas of the two tables.
import {fileURLToPath} from 'node:url'
import {parse} from 'csv-parse/sync'
import {type DeadLetter, DoFn} from 'sluice'

/** One bird strike, as a row of the table. */
export interface Strike {
  airport: string
  aircraft: string
  damage: string
  date: string
  airline: string
  state: string
  phase: string
  wildlife_size: string
  species: string
  time_of_day: string
  cost: number
  speed: number | null
}

export const strikeSchema =
  'airport:STRING,aircraft:STRING,damage:STRING,date:DATE,airline:STRING,state:STRING,phase:STRING,' +
  'wildlife_size:STRING,species:STRING,time_of_day:STRING,cost:INTEGER,speed:INTEGER'

export const rejectSchema = 'element:STRING,error:STRING,stack:STRING,stage:STRING,timestamp:TIMESTAMP'

/** Turns a line of CSV into a row. A line that cannot be parsed throws; `onError` decides what happens to it. */
export class MyBatchProcessing extends DoFn<string, Strike, {bad: DeadLetter<string>}> {
  *process(line: string) {
    const fields: string[] = parse(line)[0] ?? []
    if (fields.length !== 14) throw new Error(`expected 14 fields, found ${fields.length}`)
    const [airport, aircraft, damage, date, airline, state, phase, size, species, time, , , cost, speed] = fields
    yield {
      airport: airport ?? '',
      aircraft: aircraft ?? '',
      damage: damage ?? '',
      date: day(date),
      airline: airline ?? '',
      state: state ?? '',
      phase: phase ?? '',
      wildlife_size: size ?? '',
      species: species ?? '',
      time_of_day: time ?? '',
      cost: integer('cost', cost),
      speed: speed === '' ? null : integer('speed', speed),
    }
  }
}

/** Checks that a calendar day exists: BigQuery would refuse 1990-13-45 too, but only once it was sent. */
export function day(text = ''): string {
  const date = new Date(`${text}T00:00:00Z`)
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || Number.isNaN(date.getTime()) || !date.toISOString().startsWith(text))
    throw new Error(`'${text}' is not a date`)
  return text
}

export function integer(name: string, text = ''): number {
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(Number(text)))
    throw new Error(`${name} '${text}' is not an integer`)
  return Number(text)
}

/** True when a module was started by `node FILE` (Node 20 has no `import.meta.main`). */
export function isMain(url: string): boolean {
  return process.argv[1] === fileURLToPath(url)
}
