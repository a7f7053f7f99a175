// Prints which packages of Google importing 'sluice' has loaded, and which a job that needs them loads later.
import {appendFileSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {createRequire, register} from 'node:module'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

// ES modules are seen by a hook, which lives in a thread of its own and so writes to a file; CommonJS ones in the cache
const folder = mkdtempSync(join(tmpdir(), 'sluice-loaded-'))
const log = join(folder, 'log')
appendFileSync(log, '')
const hook = `
  import {appendFileSync} from 'node:fs'
  export async function load(url, context, next) {
    appendFileSync(${JSON.stringify(log)}, url + '\\n')
    return next(url, context)
  }`
register(`data:text/javascript,${encodeURIComponent(hook)}`)

const {cache} = createRequire(import.meta.url)
function google(): string[] {
  const files = [...readFileSync(log, 'utf8').split('\n'), ...Object.keys(cache)]
  const names = files.map(
    file => /node_modules\/(@google-cloud\/[^/]+|google-auth-library|gaxios|teeny-request)\//.exec(file)?.[1],
  )
  return [...new Set(names.filter(name => name !== undefined))]
}

const sluice = await import('sluice')
sluice.readFromText('gs://my-bucket/f.csv').destroy()
sluice.writeToBigQuery({table: 'p.d.t', schema: 'a:STRING'}).destroy()
new sluice.Pipeline({name: 'p'}).apply('Read', sluice.readFromCsv('gs://my-bucket/f*.csv'))
const atFirst = google()

process.env['STORAGE_EMULATOR_HOST'] = process.env['BIGQUERY_EMULATOR_HOST'] = 'http://127.0.0.1:1'
const job = [sluice.readFromText('gs://b/f', {retryFor: 1}).toArray()]
const sink = sluice.writeToBigQuery({table: 'p.d.t', schema: 'a:STRING', retryFor: 0})
job.push(new Promise((_, reject) => sink.on('error', reject)))
sink.end({a: 'x'})
await Promise.allSettled(job)
console.log(JSON.stringify({atFirst, later: google()}))
rmSync(folder, {recursive: true})
