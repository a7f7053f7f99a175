import {once} from 'node:events'
import {createReadStream} from 'node:fs'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import * as streams from 'node:stream'
import {type Duplex, PassThrough, Readable, Transform, Writable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {createGunzip, createGzip, gunzipSync, gzipSync} from 'node:zlib'
import {expect} from 'chai'
import {parse} from 'csv-parse'
import {Bundle, map, readFromText, writeToBigQuery, writeToStdout} from 'sluice'
import {csv, type Row, SCHEMA, ToRow} from './rows.ts'
import {JobCloud} from './support.ts'

const COUNT = 2500

// the types of Node 20 do not know it
const {compose} = streams as unknown as {compose: (...all: Duplex[]) => Duplex}

/** Somebody's Transform of objects, written by hand. */
class Upper extends Transform {
  constructor() {
    super({objectMode: true})
  }
  override _transform(row: Row, _encoding: BufferEncoding, done: (error: Error | null, row?: Row) => void) {
    if (row instanceof Bundle) return done(new Error('a bundle has leaked'))
    done(null, {...row, text: row.text.toUpperCase()})
  }
}

describe('a job with foreign streams in it', () => {
  const job = new JobCloud()
  const sink = () => writeToBigQuery<object>({table: job.table, schema: SCHEMA})
  const whole = {rows: COUNT, ids: COUNT}
  let dir: string
  let file: string

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-jobs-'))
    file = join(dir, 'lines.csv.gz')
    await writeFile(file, gzipSync(csv(COUNT)))
  })
  after(() => rm(dir, {recursive: true}))

  it('a local .gz, a hand-written Transform between two stages', async () => {
    await pipeline(
      readFromText(file),
      new ToRow(),
      new Upper(),
      map((row: Row) => row),
      sink(),
    )
    expect(await job.counts()).to.deep.equal(whole)
    const [[{n}]] = await job.bigquery.query(`SELECT COUNT(*) AS n FROM \`${job.table}\` WHERE text LIKE 'WORD%'`)
    expect(n).to.equal(COUNT)
  })

  it('fs, zlib and csv-parse before a DoFn', async () => {
    const toRow = map(([id = '', text = '']: string[]) => ({id: Number(id), text}))
    await pipeline(createReadStream(file), createGunzip(), parse(), toRow, sink())
    expect(await job.counts()).to.deep.equal(whole)
  })

  it('zlib after a stage: lines out as gzip', async () => {
    const chunks: Buffer[] = []
    const keep = new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks.push(chunk)
        done()
      },
    })
    await pipeline(
      readFromText(file),
      map((line: string) => `${line}\n`),
      createGzip(),
      keep,
    )
    expect(String(gunzipSync(Buffer.concat(chunks)))).to.equal(csv(COUNT))
  })

  it('zlib as the stream that writeToStdout writes to', async () => {
    const gzip = createGzip()
    const unzipped = gzip.pipe(createGunzip()).setEncoding('utf8').toArray()
    await pipeline(readFromText(file), writeToStdout({stream: gzip, format: 'text'}))
    expect((await unzipped).join('')).to.equal(csv(COUNT))
  })

  it('Readable.toWeb, TransformStream, Readable.fromWeb', async () => {
    const web = Readable.toWeb(readFromText(file).pipe(new ToRow())) as ReadableStream<Row>
    const upper = new TransformStream<Row, Row>({
      transform: (row, controller) => controller.enqueue({...row, text: row.text.toUpperCase()}),
    })
    await pipeline(Readable.fromWeb(web.pipeThrough(upper) as never, {objectMode: true}), sink())
    expect(await job.counts()).to.deep.equal(whole)
  })

  it("for await over a job's DoFn", async () => {
    let sum = 0
    for await (const row of readFromText(file).pipe(new ToRow())) sum += (row as Row).id
    expect(sum).to.equal((COUNT * (COUNT - 1)) / 2)
  })

  it("for await that stops early closes the job's source", async () => {
    const source = readFromText(file)
    for await (const row of source.pipe(new ToRow())) if ((row as Row).id === 3) break
    // pipe() does not destroy its source, as ever in Node; pipeline() does
    const rows = new ToRow()
    const reading = readFromText(file)
    const ended = pipeline(reading, rows).catch(() => {})
    for await (const row of rows) if ((row as Row).id === 3) break
    await ended
    expect(reading.destroyed).to.equal(true)
    source.destroy()
  })

  it('an async generator between stages', async () => {
    const odd = async function* (rows: AsyncIterable<Row>) {
      for await (const row of rows) if (row.id % 2 === 1) yield row
    }
    await pipeline(readFromText(file), new ToRow(), odd, sink())
    expect(await job.counts()).to.deep.equal({rows: COUNT / 2, ids: COUNT / 2})
  })

  it('compose()d with a Transform', async () => {
    const both = compose(new ToRow(), new Upper())
    await pipeline(readFromText(file), both, sink())
    expect(await job.counts()).to.deep.equal(whole)
  })

  it('operators of Readable (filter, drop, toArray)', async () => {
    const rows = readFromText(file).pipe(new ToRow()) as Readable
    const kept = await rows
      .filter((row: Row) => row.id >= 10)
      .drop(5)
      .toArray()
    expect(kept).to.have.length(COUNT - 15)
    expect(kept[0]).to.deep.equal({id: 15, text: 'word15'})
  })

  it('a PassThrough for the lines, and all their backpressure', async () => {
    await pipeline(readFromText(file), new PassThrough({objectMode: true, highWaterMark: 1}), new ToRow(), sink())
    expect(await job.counts()).to.deep.equal(whole)
  })

  it("'data' listeners beside the pipe see plain values", async () => {
    const rows = new ToRow()
    let seen = 0
    rows.on('data', (row: Row) => {
      if (row instanceof Bundle || typeof row.id !== 'number') throw new Error('no row')
      seen++
    })
    const end = once(rows, 'end')
    await pipeline(readFromText(file), rows, sink())
    await end
    expect(seen).to.equal(COUNT)
    expect(await job.counts()).to.deep.equal(whole)
  })
})
