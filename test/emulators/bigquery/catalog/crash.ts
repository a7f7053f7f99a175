/** Opens a local cloud in the folder given as argument, writes to it, says so, and waits to be killed. */
import {startLocalCloud} from '../../../../lib/emulators/index.ts'
import {clientOf} from '../fixture.ts'

const cloud = await startLocalCloud({dir: process.argv[2], services: ['bigquery']})
const [dataset] = await clientOf(cloud).createDataset('d')
const record = (fields: object[]) => ({fields: [{name: 'r', type: 'RECORD', fields}]})
const [table] = await dataset.createTable('t', {schema: record([{name: 'a', type: 'INT64'}])})
await table.insert({r: {a: 1}})
await table.setMetadata({
  schema: record([
    {name: 'a', type: 'INT64'},
    {name: 'b', type: 'STRING'},
  ]),
})
await table.insert({r: {a: 2, b: 'x'}})
process.stdout.write('written\n')
