// Tidies up JSON lines: names in one style, trimmed text, no empty values, dates normalised. What is not an event goes to a
// separate file, with its line, its position and the reason.
// Run it: npx sluice run samples/clean-json.ts --input 'events*.jsonl' --output clean/events
import {
  type DeadLetter,
  DoFn,
  deadLetter,
  deadLetterRow,
  defineJob,
  flatten,
  type JsonReject,
  map,
  readFromJson,
  writeToJson,
} from 'sluice'

type Event = {[name: string]: unknown}

/** `userName`, `User Name` and `user-name` -> `user_name`. */
function snakeCase(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase()
}

function tidy(value: unknown): unknown {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value.trim()
  if (Array.isArray(value)) return value.map(tidy).filter(each => each !== undefined)
  if (typeof value !== 'object' || value === null) return value ?? undefined
  const entries = Object.entries(value).map(([name, each]) => [snakeCase(name), tidy(each)])
  return Object.fromEntries(entries.filter(([, each]) => each !== undefined))
}

export class Clean extends DoFn<Event, Event, {bad: DeadLetter<Event>}> {
  *process(given: Event) {
    const event = tidy(given) as Event
    if (event.id === undefined) throw new Error('the event has no id')
    const at = new Date(event.at as string | number)
    if (Number.isNaN(at.getTime())) throw new Error(`at '${event.at}' is not a time`)
    yield {...event, id: String(event.id), at: at.toISOString()}
  }
}

export default defineJob({
  name: 'clean-json',
  description: 'Tidies up JSON lines',
  options: {
    input: {type: 'string', required: true, help: 'path or glob of the JSON lines'},
    output: {type: 'string', required: true, help: 'prefix of the names of the output files'},
  },
  build(p, {input, output}) {
    const lines = p.apply('Read', readFromJson<Event>(input, {rejects: true}))
    const events = lines.apply('Clean', new Clean({onError: deadLetter('bad')}))
    events.apply('Write', writeToJson(output, {suffix: '.jsonl', overwrite: true}))

    const unread = lines.tagged('rejects').apply(
      'Unread',
      // `raw` does not show all of a record that is not UTF-8
      map(({raw, rawBase64, file, line, error}: JsonReject) => ({raw, rawBase64, file, line, error})),
    )
    const invalid = events.tagged('bad').apply(
      'Invalid',
      // JSON.stringify() would throw for some events and change others
      map((letter: DeadLetter<Event>) => ({raw: deadLetterRow(letter).payloadString, error: letter.error})),
    )
    p.apply('Rejects', flatten(unread, invalid)).apply(
      'Write rejects',
      writeToJson(`${output}-rejects`, {suffix: '.jsonl', overwrite: true}),
    )
  },
})
