// Splits one input into several tables and files: strikes with and without damage each go to a table of their own, all strikes
// also to files by state, and broken lines to files by the kind of error.
// Run it: npx tsx samples/split.ts ['gs://my-bucket/my-file*.csv' ['gs://my-bucket/split']]
import {
  type DeadLetter,
  deadLetter,
  Pipeline,
  type PipelineResult,
  partition,
  readFromText,
  writeToBigQuery,
  writeToCsv,
  writeToJson,
} from 'sluice'
import {isMain, MyBatchProcessing, type Strike, strikeSchema} from './bird-strikes.ts'

/** Any text as the name of a single folder or file. */
const name = (text: string) => encodeURIComponent(text.trim() || 'none')

export function split(
  pattern = 'gs://my-bucket/my-file*.csv',
  folder = 'gs://my-bucket/split',
): Promise<PipelineResult> {
  const p = new Pipeline({name: 'split'})
  const strikes = p
    .apply('Read', readFromText(pattern, {skipHeaderLines: 1}))
    .apply('Parse', new MyBatchProcessing({onError: deadLetter('bad')}))

  const byDamage = strikes.apply(
    'By damage',
    partition(2, (strike: Strike) => (strike.damage === 'None' ? 0 : 1)),
  )
  const table = {dataset: 'my_dataset', schema: strikeSchema}
  byDamage.tagged('0').apply('Harmless', writeToBigQuery({...table, table: 'harmless'}))
  byDamage.tagged('1').apply('Damaged', writeToBigQuery({...table, table: 'damaged'}))

  strikes.apply(
    'By state',
    writeToCsv<Strike>(folder, {
      destination: strike => `state=${name(strike.state)}/strikes`,
      suffix: '.csv.gz',
      overwrite: true,
    }),
  )
  strikes.tagged('bad').apply(
    'Broken',
    writeToJson<DeadLetter<string>>(folder, {
      destination: ({error}) => `broken/${/date|integer|fields/.exec(error)?.[0] ?? 'other'}`,
      suffix: '.jsonl',
      overwrite: true,
    }),
  )
  return p.run()
}

if (isMain(import.meta.url)) {
  const result = await split(...process.argv.slice(2))
  console.log(result.summary())
}
