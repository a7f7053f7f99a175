// `npm run bench:memory`: 300 MB of CSV through readFromText -> a DoFn -> a slow sink. The resident memory may grow by less
// than 50 MB; exits 1 otherwise.
import {createWriteStream} from 'node:fs'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {setTimeout as pause} from 'node:timers/promises'
import {type Bundle, DoFn, readFromText, Sink} from 'sluice'

const MB = 1024 * 1024
const INPUT = 300 * MB
const LIMIT = 50
/** How long the sink takes for a bundle of up to 1,000 rows, ms. */
const SLOW = 5

interface Row {
  id: string
  total: number
}

class Parse extends DoFn<string, Row> {
  *process(line: string) {
    const [id = '', total] = line.split(',')
    yield {id, total: Number(total)}
  }
}

class SlowSink extends Sink<Row> {
  rows = 0
  override async writeBundle({values}: Bundle<Row>) {
    await pause(SLOW)
    this.rows += values.length
  }
  override commit() {}
}

/** Chunks of lines of about 200 bytes, 300 MB in all. */
function* generated() {
  let id = 0
  for (let bytes = 0; bytes < INPUT; ) {
    let text = ''
    for (let i = 0; i < 1000; i++, id++) text += `order-${id},${id / 100},${`word${id % 977},`.repeat(20)}end\n`
    const chunk = Buffer.from(text)
    bytes += chunk.length
    yield chunk
  }
}

async function run(file: string): Promise<number> {
  const sink = new SlowSink()
  await pipeline(readFromText(file), new Parse(), sink)
  return sink.rows
}

const dir = await mkdtemp(join(tmpdir(), 'sluice-memory-'))
try {
  const file = join(dir, 'input.csv')
  const warm = join(dir, 'warm.csv')
  const chunks = generated()
  await pipeline(Readable.from([chunks.next().value as Buffer], {objectMode: false}), createWriteStream(warm))
  await pipeline(Readable.from(generated(), {objectMode: false}), createWriteStream(file))

  // what the code itself takes, once it has run
  for (let i = 0; i < 20; i++) await run(warm)
  globalThis.gc?.()
  const before = process.memoryUsage().rss
  let peak = before
  const sampler = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss)
  }, 5)
  const started = performance.now()
  const rows = await run(file)
  clearInterval(sampler)
  const seconds = (performance.now() - started) / 1000

  const growth = (peak - before) / MB
  const ok = growth < LIMIT
  console.log(
    `${ok ? 'ok' : 'FAILED'}: ${Math.round(INPUT / MB)} MB, ${rows} rows in ${seconds.toFixed(1)} s with a sink of ` +
      `${SLOW} ms a bundle: RSS grew by ${growth.toFixed(1)} MB (limit ${LIMIT}), from ${(before / MB).toFixed(0)} MB`,
  )
  if (!ok) process.exitCode = 1
} finally {
  await rm(dir, {recursive: true})
}
