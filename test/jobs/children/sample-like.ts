// The mission's job on the pattern and table given, in a process that may be killed at any moment.
import {pipeline} from 'node:stream/promises'
import {readFromText, writeToBigQuery} from 'sluice'
import {SCHEMA, ToRow} from '../rows.ts'

const [pattern = '', table = ''] = process.argv.slice(2)
await pipeline(
  readFromText(pattern, {skipHeaderLines: 1}),
  new ToRow(),
  writeToBigQuery({table, schema: SCHEMA, maxRows: 250, maxInFlight: 2}),
)
console.log('done')
