// `npm run bench:local-cloud`: the official client uploads small objects to the local cloud in another process and, if
// FAKE_GCS_SERVER has its URL (`.ci/fake-gcs-server npm run bench:local-cloud`), to fake-gcs-server, in turns.
import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {fileURLToPath} from 'node:url'
import {type Bucket, Storage} from '@google-cloud/storage'

const COUNT = 400
const ROUNDS = 2
const PARALLEL = 16
const content = Buffer.alloc(1000, 'x')

type Work = (bucket: Bucket, name: string) => Promise<unknown>

const works: Record<string, Work> = {
  'upload, multipart': (bucket, name) => bucket.file(name).save(content, {resumable: false}),
  'upload, resumable': (bucket, name) => bucket.file(name).save(content),
  metadata: (bucket, name) => bucket.file(name).getMetadata(),
  download: (bucket, name) => bucket.file(name).download(),
}

async function perSecond(bucket: Bucket, work: Work, lanes: number): Promise<number> {
  const from = performance.now()
  let next = 0
  const lane = async () => {
    for (let at = next++; at < COUNT; at = next++) await work(bucket, `a/${at % 100}/${at}.txt`)
  }
  await Promise.all(Array.from({length: lanes}, lane))
  return COUNT / ((performance.now() - from) / 1000)
}

async function startLocal(): Promise<{child: ChildProcess; url: string}> {
  const server = fileURLToPath(new URL('server.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', server], {stdio: ['pipe', 'pipe', 'inherit']})
  const [line] = await once(child.stdout!, 'data')
  return {child, url: String(line).trim()}
}

const {child, url} = await startLocal()
const given = process.env['FAKE_GCS_SERVER']
const servers = {'local cloud': url, ...(given && {'fake-gcs-server': given})}
const best = new Map<string, number>()
for (let round = 0; round < ROUNDS; round++)
  for (const [server, apiEndpoint] of Object.entries(servers)) {
    const [bucket] = await new Storage({projectId: 'p', apiEndpoint}).createBucket(`bench-${round}-${Date.now()}`)
    for (const [what, work] of Object.entries(works))
      for (const lanes of [1, PARALLEL]) {
        const name = `${what}, ${lanes} at a time`.padEnd(32) + server
        best.set(name, Math.max(best.get(name) ?? 0, await perSecond(bucket, work, lanes)))
      }
  }
child.stdin!.end()
console.log(`${COUNT} objects of ${content.length} bytes, a second; the best of ${ROUNDS} rounds in turns`)
for (const [name, rate] of [...best].sort()) console.log(`  ${name.padEnd(52)} ${rate.toFixed(0).padStart(6)}`)
