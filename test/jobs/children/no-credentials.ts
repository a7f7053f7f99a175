// Jobs without credentials, on clocks that stand still and with a forbidden network; prints how each of them failed.
import {pipeline} from 'node:stream/promises'
import {create, readFromCsv, readFromText, type SluiceError, writeToBigQuery} from 'sluice'
import {ManualClock} from '../../batching/manual-clock.ts'
import {setClock} from '../clocks.ts'
import {forbidNetwork} from '../network.ts'
import {SCHEMA, ToRow} from '../rows.ts'

const network = forbidNetwork()
const failures: {code: string; message: string}[] = []
const sink = (table: string) => writeToBigQuery<object>({table, schema: SCHEMA})
for (const stages of [
  [readFromText('gs://my-bucket/*.csv'), new ToRow(), sink('p.d.t')],
  [readFromCsv('gs://my-bucket/file.csv'), sink('p.d.t')],
  [create([{id: 1}]), sink('p.d.t')],
  [create([{id: 1}]), sink('d.t')],
]) {
  setClock(new ManualClock(), ...stages)
  await pipeline(stages as never).catch(({code, message}: SluiceError) => failures.push({code, message}))
}
console.log(JSON.stringify({failures, tried: network.tried}))
