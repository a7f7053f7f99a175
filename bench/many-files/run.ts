// `npm run bench:many-files`: reads 10,000 small files, on disk and from the local cloud, where every request takes 10 ms longer,
// with 1 to 32 open at a time. Exits 1 unless 8 at a time are 3 times as fast as one on the cloud and take at most 50 MB more.
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {startLocalCloud} from 'sluice/emulators'
import {type Measured, runOnce, table} from '../measure.ts'

const COUNT = 10_000
const DELAY = 10
const AT_ONCE = [1, 4, 8, 32]

const dir = mkdtempSync(join(tmpdir(), 'sluice-bench-'))
const bucket = join(dir, 'many')
mkdirSync(bucket)
for (let i = 0; i < COUNT; i++) writeFileSync(join(bucket, `f${String(i).padStart(5, '0')}.csv`), `a,${i}\nb,${i}\n`)

/** How much more memory 8 at a time may take than one, MB. */
const GROWTH = 50

let missed = 0
function say(ok: boolean, what: string): void {
  if (!ok) missed++
  console.log(`  ${ok ? 'ok' : 'MISSED'}: ${what}`)
}

/** Reads the files at each concurrency; returns how many times as fast 8 at a time are as one. */
async function measure(title: string, pattern: string, env: Record<string, string>): Promise<number> {
  const measured = new Map<string, Measured>()
  for (const concurrency of AT_ONCE)
    measured.set(
      `concurrency ${concurrency}`,
      await runOnce('./many-files/read.ts', [pattern, String(concurrency)], env),
    )
  console.log(table(title, COUNT, measured, 'concurrency 1'))
  for (const {result} of measured.values()) if (result['lines'] !== 2 * COUNT) missed++
  const [one, eight] = [measured.get('concurrency 1')!, measured.get('concurrency 8')!]
  say(
    eight.rssMB - one.rssMB <= GROWTH,
    `8 at a time take ${(eight.rssMB - one.rssMB).toFixed(0)} MB more (at most ${GROWTH})`,
  )
  return one.wall / eight.wall
}

await measure('10,000 local files', join(bucket, '*.csv'), {})
const cloud = await startLocalCloud({dir, services: ['storage']})
try {
  cloud.faults.add({match: {call: 'objects.media'}, do: {kind: 'delay', ms: DELAY}})
  const title = `10,000 objects on the local cloud, ${DELAY} ms a request`
  const gain = await measure(title, 'gs://many/*.csv', {...cloud.env})
  say(gain >= 3, `8 at a time are ${gain.toFixed(1)} times as fast as one (at least 3)`)
} finally {
  await cloud.close()
  rmSync(dir, {recursive: true})
}
if (missed > 0) process.exitCode = 1
