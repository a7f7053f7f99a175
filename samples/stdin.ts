// A stage in a plain Node script: orders as CSV on standard input, with their totals as JSON lines on standard output.
// Everything around the stage comes from Node or from another package.
// Run it: cat orders.csv | npx tsx samples/stdin.ts
import {pipeline} from 'node:stream/promises'
import {parse} from 'csv-parse'
import {DoFn} from 'sluice'
import {isMain} from './bird-strikes.ts'

type Order = {id: string; amount: string; quantity: string}

export class Total extends DoFn<Order, {id: string; total: number}> {
  *process({id, amount, quantity}: Order) {
    const total = Number(amount) * Number(quantity)
    if (amount.trim() === '' || quantity.trim() === '' || !Number.isFinite(total))
      throw new Error(`order ${id}: '${amount}' times '${quantity}' is not a number`)
    yield {id, total}
  }
}

async function* lines(rows: AsyncIterable<object>) {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`
}

if (isMain(import.meta.url)) await pipeline(process.stdin, parse({columns: true}), new Total(), lines, process.stdout)
