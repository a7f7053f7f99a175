import {readdirSync} from 'node:fs'
import {gunzipSync} from 'node:zlib'
import {BigQuery} from '@google-cloud/bigquery'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import {type LocalCloud, startLocalCloud} from 'sluice/emulators'
import {batch} from '../samples/batch.ts'
import {batchCsv} from '../samples/batch-csv.ts'
import {batchPipeline} from '../samples/batch-pipeline.ts'
import {birdStrikeFiles, countRecords} from '../samples/demo/bird-strike-files.ts'

const PATTERN = 'gs://my-bucket/my-file*.csv*'

describe('the samples', () => {
  let cloud: LocalCloud
  const saved = {...process.env}
  const files = birdStrikeFiles()

  const put = async (name: string, content: Buffer | string) =>
    new Storage().bucket('my-bucket').file(name).save(content, {resumable: false})
  const count = async (table: string): Promise<number> => {
    const [[row]] = await new BigQuery().query(`SELECT COUNT(*) AS n FROM \`my_dataset.${table}\``)
    return row.n
  }

  beforeEach(async () => {
    cloud = await startLocalCloud()
    Object.assign(process.env, cloud.env)
    await new Storage().createBucket('my-bucket')
    await new BigQuery().createDataset('my_dataset')
    for (const {name, content} of files) await put(name, content)
  })

  afterEach(async () => {
    for (const name of Object.keys(cloud.env)) delete process.env[name]
    Object.assign(process.env, saved)
    await cloud.close()
  })

  it('batch.ts writes 10,000 bird strikes and sets 7 broken lines aside', async () => {
    await batch(PATTERN)
    expect([await count('my-table'), await count('my-rejects')]).to.deep.equal([10_000, 7])
    expect(countRecords(files, gunzipSync)).to.equal(10_007)
  }).timeout(30_000)

  it('batch-pipeline.ts does the same as a graph, and counts each step', async () => {
    const result = await batchPipeline(PATTERN)
    expect([await count('my-table'), await count('my-rejects')]).to.deep.equal([10_000, 7])
    const counts = result.steps.map(({name, in: taken, out, failed}) => ({name, in: taken, out, failed}))
    expect(counts).to.deep.include({name: 'Process', in: 10_007, out: 10_000, failed: 7})
    expect(counts).to.deep.include({name: 'Read', in: 0, out: 10_007, failed: 0})
  }).timeout(30_000)

  it('batch-csv.ts reads quoted newlines too, and sets malformed records and invalid ones aside', async () => {
    // its own input: an unclosed quote fails a csv-parse run, so that one broken line stays out
    const [header = ''] = files[0]!.content.toString().split('\n')
    const lines = files[0]!.content.toString().trimEnd().split('\n')
    const newline =
      '"BALTIMORE\nWASH INTL",B-737,None,2001-02-03,SOUTHWEST AIRLINES,Maryland,Climb,Small,Gull,Day,0,0,0,140'
    await put('csv/part-1.csv', `${[...lines, newline].join('\n')}\n`)
    await put('csv/part-2.csv', `\uFEFF${header}\r\n${lines.at(-1)}\r\n`)
    await batchCsv('gs://my-bucket/csv/*.csv')
    // of the seven broken lines the first file has two: too few fields, too many fields
    expect([await count('my-table'), await count('my-rejects')]).to.deep.equal([lines.length - 1 - 2 + 2, 2])
    const [[row]] = await new BigQuery().query("SELECT airport FROM `my_dataset.my-table` WHERE date = '2001-02-03'")
    expect(row.airport).to.equal('BALTIMORE\nWASH INTL')
  }).timeout(30_000)

  it('are all covered here', () => {
    const samples = readdirSync(new URL('../samples', import.meta.url)).filter(name => name.endsWith('.ts'))
    expect(samples.sort()).to.deep.equal(['batch-csv.ts', 'batch-pipeline.ts', 'batch.ts', 'bird-strikes.ts'])
  })
})
