// Orders enriched with a lookup file: a side input, held in memory while the orders stream by.
// Run it: npx tsx samples/enrich.ts ['gs://my-bucket/orders*.csv' 'gs://my-bucket/rates.csv']
import {
  asMap,
  DEAD_LETTER_SCHEMA,
  type DeadLetter,
  DoFn,
  deadLetter,
  deadLetterRow,
  map,
  Pipeline,
  type PipelineResult,
  type ProcessContext,
  readFromCsv,
  writeToBigQuery,
} from 'sluice'
import {isMain} from './bird-strikes.ts'

type Order = {id: string; currency: string; total: string}
type Rate = {currency: string; rate: string}
type Row = {id: string; currency: string; total: number; euros: number}

interface Sides {
  /** The rate of each currency. */
  rates: ReadonlyMap<string, Rate>
}

export class ToEuros extends DoFn<Order, Row, {unknown: DeadLetter<Order>}, Sides> {
  *process({id, currency, total}: Order, c: ProcessContext<{unknown: DeadLetter<Order>}, Sides>) {
    const rate = c.side.rates.get(currency)
    if (!rate) throw new Error(`no rate for ${currency}`)
    const [amount, factor] = [number('total', total), number('rate', rate.rate)]
    yield {id, currency, total: amount, euros: amount * factor}
  }
}

function number(name: string, text: string): number {
  if (text.trim() === '' || !Number.isFinite(Number(text))) throw new Error(`${name} '${text}' is not a number`)
  return Number(text)
}

export function enrich(
  orders = 'gs://my-bucket/orders*.csv',
  lookup = 'gs://my-bucket/rates.csv',
): Promise<PipelineResult> {
  const p = new Pipeline({name: 'enrich'})
  // a currency that occurs twice fails the run, rather than using whichever rate came last
  const rates = asMap(p.apply('Rates', readFromCsv<Rate>(lookup)), rate => rate.currency)
  const euros = p
    .apply('Orders', readFromCsv<Order>(orders))
    .apply('ToEuros', new ToEuros({side: {rates}, onError: deadLetter('unknown')}))
  euros.apply(
    'Write',
    writeToBigQuery({
      table: 'my-table',
      dataset: 'my_dataset',
      schema: 'id:STRING,currency:STRING,total:FLOAT,euros:FLOAT',
    }),
  )
  euros
    .tagged('unknown')
    .apply('ToReject', map(deadLetterRow))
    .apply('Rejects', writeToBigQuery({table: 'my-rejects', dataset: 'my_dataset', schema: DEAD_LETTER_SCHEMA}))
  return p.run()
}

if (isMain(import.meta.url)) {
  const result = await enrich(process.argv[2], process.argv[3])
  console.log(result.summary())
}
