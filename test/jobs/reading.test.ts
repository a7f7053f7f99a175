import {createHash} from 'node:crypto'
import {pipeline} from 'node:stream/promises'
import {gzipSync} from 'node:zlib'
import {expect} from 'chai'
import {map, readFromCsv, readFromText, writeToBigQuery} from 'sluice'
import {leapingClock, setClock} from './clocks.ts'
import {csv, SCHEMA, ToRow} from './rows.ts'
import {JobCloud, seeded} from './support.ts'

describe('a job that reads Cloud Storage', () => {
  const job = new JobCloud()
  const lines = csv(60_000)
  const plain = Buffer.from(lines)
  const zipped = gzipSync(plain)
  const digest = (content: Buffer | string) => createHash('sha256').update(content).digest('hex')

  const cuts = (kind: 'reset' | 'fin' | 'truncate', size: number) => {
    const random = seeded(20_241)
    const offsets = Array.from({length: 10}, () => Math.floor(random() * size)).sort((a, b) => a - b)
    // each answer begins where the one before it broke off: its own cut is the distance to the next offset
    offsets.forEach((at, i) => {
      job.fault('objects.media', {kind, afterBytes: at - (offsets[i - 1] ?? 0)}, {nth: i + 1})
    })
    return offsets
  }

  for (const kind of ['reset', 'fin', 'truncate'] as const)
    for (const [name, content] of [
      ['lines.csv', plain],
      ['lines.csv.gz', zipped],
    ] as const)
      it(`gets identical bytes (SHA-256) of ${name} though the body was cut at 10 random offsets (${kind})`, async () => {
        const path = await job.put(name, content)
        cuts(kind, content.length)
        const source = readFromText(path)
        setClock(leapingClock(), source)
        const hash = createHash('sha256')
        for await (const line of source) hash.update(`${line}\n`)
        expect(hash.digest('hex')).to.equal(digest(lines))
        expect(job.calls('objects.media')).to.equal(11)
      })

  it('writes each row once though bodies were cut at 10 random offsets', async () => {
    const path = await job.put('lines.csv', csv(20_000))
    cuts('reset', Buffer.byteLength(csv(20_000)))
    const stages = [readFromText(path), new ToRow(), writeToBigQuery({table: job.table, schema: SCHEMA})] as const
    setClock(leapingClock(), ...stages)
    await pipeline(...stages)
    expect(await job.counts()).to.deep.equal({rows: 20_000, ids: 20_000})
  })

  const longName = (bytes: number, suffix: string) => {
    const room = bytes - Buffer.byteLength(`${job.name}/`) - suffix.length
    // characters of two bytes, folders, and what a glob or an URL could stumble over
    const tricky = 'é/ü %2F+&?#='
    const text = tricky.repeat(Math.floor(room / Buffer.byteLength(tricky)))
    return text + 'x'.repeat(room - Buffer.byteLength(text)) + suffix
  }

  it('reads an object whose name has 1,024 bytes, found by a pattern', async () => {
    const path = await job.put(longName(1024, '.csv'), csv(1500))
    expect(Buffer.byteLength(path.slice('gs://my-bucket/'.length))).to.equal(1024)
    const sink = writeToBigQuery({table: job.table, schema: SCHEMA})
    await pipeline(readFromText(`gs://my-bucket/${job.name}/**/*.csv`), new ToRow(), sink)
    expect(await job.counts()).to.deep.equal({rows: 1500, ids: 1500})
  })

  it('reads an object whose name has 1,024 bytes, given by its name, with a header', async () => {
    const name = longName(1024, '.csv').replaceAll('?', '_')
    const path = await job.put(name, `id,text\n${csv(1500)}`)
    const toRow = map(({id = '', text = ''}: Record<string, string>) => ({id: Number(id), text}))
    await pipeline(
      readFromCsv<Record<string, string>>(path),
      toRow,
      writeToBigQuery({table: job.table, schema: SCHEMA}),
    )
    expect(await job.counts()).to.deep.equal({rows: 1500, ids: 1500})
  })
})
