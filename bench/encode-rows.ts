/**
 * CPU time of the BigQuery row encoder compared with `JSON.stringify` of the same rows (the encoder also checks them against the
 * schema). Run: `npx tsx -C sluice:source bench/encode-rows.ts [rows]`; exits 1 above 1.5 times.
 */
import {compileRowEncoder} from '../lib/io/bigquery/rows/row-encoder.ts'
import {parseSchema} from '../lib/io/bigquery/schema/schema.ts'

const count = Number(process.argv[2] ?? 200_000)
const rounds = 7

const flat = Array.from({length: count}, (_, i) => ({
  id: i,
  name: i % 20 ? `Customer number ${i}` : `Customer, "number" ${i}`,
  email: `customer${i}@example.com`,
  country: ['DE', 'FR', 'US', 'JP'][i % 4],
  amount: (i % 10_000) / 100,
  quantity: i % 17,
  active: i % 3 === 0,
  createdAt: '2024-01-02T03:04:05Z',
}))
const nested = flat.slice(0, count / 4).map(({id, name, email, country, amount, createdAt}) => ({
  id,
  customer: {name, email, address: {country, city: 'Köln'}},
  tags: ['a', 'b', country],
  lines: [
    {sku: 'x-1', price: amount},
    {sku: 'x-2', price: amount + 0.25},
  ],
  createdAt: new Date(createdAt),
}))

const cases = {
  flat: [
    flat,
    'id:INTEGER,name:STRING,email:STRING,country:STRING,amount:FLOAT,quantity:INTEGER,active:BOOLEAN,createdAt:TIMESTAMP',
  ],
  nested: [
    nested,
    JSON.stringify([
      {name: 'id', type: 'INTEGER'},
      {
        name: 'customer',
        type: 'RECORD',
        fields: [
          {name: 'name', type: 'STRING'},
          {name: 'email', type: 'STRING'},
          {
            name: 'address',
            type: 'RECORD',
            fields: [
              {name: 'country', type: 'STRING'},
              {name: 'city', type: 'STRING'},
            ],
          },
        ],
      },
      {name: 'tags', type: 'STRING', mode: 'REPEATED'},
      {
        name: 'lines',
        type: 'RECORD',
        mode: 'REPEATED',
        fields: [
          {name: 'sku', type: 'STRING'},
          {name: 'price', type: 'FLOAT'},
        ],
      },
      {name: 'createdAt', type: 'TIMESTAMP'},
    ]),
  ],
} as const

/** CPU seconds of encoding all rows and measuring their bytes, as a batching sink does; the best of several rounds. */
function cpuSeconds(rows: readonly unknown[], encode: (row: unknown) => unknown): {seconds: number; bytes: number} {
  let best = Number.POSITIVE_INFINITY
  let bytes = 0
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage()
    bytes = 0
    for (const row of rows) bytes += Buffer.byteLength(encode(row) as string)
    const {user, system} = process.cpuUsage(before)
    best = Math.min(best, (user + system) / 1e6)
  }
  return {seconds: best, bytes}
}

let failed = false
for (const [name, [rows, schema]] of Object.entries(cases)) {
  const plain = cpuSeconds(rows, row => JSON.stringify(row))
  const ours = cpuSeconds(rows, compileRowEncoder(parseSchema('bench', schema)))
  const ratio = ours.seconds / plain.seconds
  failed ||= ratio > 1.5 || plain.bytes !== ours.bytes
  console.log(
    `${name}: encoder ${((ours.seconds / rows.length) * 1e9).toFixed(0)} ns a row, ` +
      `JSON.stringify ${((plain.seconds / rows.length) * 1e9).toFixed(0)} ns a row, ratio ${ratio.toFixed(2)} ` +
      `(${(ours.bytes / rows.length).toFixed(0)} bytes a row)`,
  )
}
process.exitCode = failed ? 1 : 0
