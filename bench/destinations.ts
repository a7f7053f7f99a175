// Deals 1,000,000 rows in turn to 10,000 destinations on the local disk: neither descriptors nor memory grow with their number.
// Run it: npx tsx -C sluice:source bench/destinations.ts [destinations] [rows]
import {mkdtempSync, readdirSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pipeline} from 'node:stream/promises'
import {Bundle, Source, writeToJson} from 'sluice'

const [destinations = 10_000, count = 1_000_000] = process.argv.slice(2).map(Number)
const MOST = {files: 100, rssMB: 400}

interface Row {
  id: number
  to: number
  text: string
}

class Rows extends Source<Row> {
  override async *bundles() {
    const row = (id: number) => ({
      id,
      to: (id * 7919) % destinations,
      text: 'text of an ordinary length, and a bit more',
    })
    for (let id = 0; id < count; id += 1000) yield new Bundle(Array.from({length: 1000}, (_, i) => row(id + i)))
  }
}

/** Open descriptors of this process, if the system reports them. */
function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return 0
  }
}

const dir = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
let files = 0
let rss = 0
const timer = setInterval(() => {
  files = Math.max(files, openFiles())
  rss = Math.max(rss, process.memoryUsage.rss())
}, 50)
const sink = writeToJson<Row>(dir, {destination: row => `to=${row.to}/rows`, suffix: '.jsonl'})
const from = performance.now()
await pipeline(new Rows(), sink)
clearInterval(timer)
rmSync(dir, {recursive: true})

const {user, system} = process.cpuUsage()
const rssMB = Math.round(rss / 2 ** 20)
const wall = ((performance.now() - from) / 1000).toFixed(1)
console.log(
  `${count} rows to ${sink.written.length} files: ${wall} s, CPU ${((user + system) / 1e6).toFixed(1)} s, ` +
    `${files} descriptors and ${rssMB} MB RSS at most`,
)
const ok = files <= MOST.files && rssMB <= MOST.rssMB && sink.written.length === Math.min(destinations, count)
console.log(ok ? 'ok' : `MISSED: at most ${MOST.files} descriptors and ${MOST.rssMB} MB`)
if (!ok) process.exitCode = 1
