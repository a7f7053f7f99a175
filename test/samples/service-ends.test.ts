import {spawn} from 'node:child_process'
import {subscribe, unsubscribe} from 'node:diagnostics_channel'
import {once} from 'node:events'
import {get} from 'node:http'
import {text} from 'node:stream/consumers'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import type {RunMessage} from 'sluice'
import {until} from '../batching/manual-clock.ts'
import {eventually, JobCloud} from '../jobs/support.ts'
import {programCommand} from '../support/program.ts'
import {orders, ServiceUnderTest} from './service-client.ts'

/** How many there are of each kind of thing that keeps a process alive. */
function resources(): Map<string, number> {
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}

describe('samples/service.ts, when it or a client ends', () => {
  const job = new JobCloud()
  const under = new ServiceUnderTest(job)
  const runs: RunMessage[] = []
  const heard = (message: unknown) => void runs.push(message as RunMessage)

  beforeEach(() => {
    runs.length = 0
    subscribe('sluice:run', heard)
  })
  afterEach(() => void unsubscribe('sluice:run', heard))

  for (const [when, call] of [
    ['while rows are on their way', undefined],
    ['while BigQuery takes its time', 'tabledata.insertAll'],
  ] as const)
    it(`leaves nothing open behind a client that goes away half-way, ${when}`, async () => {
      await under.start()
      const first = under.open()
      first.sending.end(orders('before', 10))
      expect((await first.answer).body.rows).to.equal(10)
      await eventually(() => runs.at(-1)?.event === 'end')
      if (call) job.fault(call, {kind: 'delay', ms: 1000})
      job.cloud.log.clear()
      const before = resources()
      const {sending} = under.open()
      sending.on('error', () => {})
      sending.write(orders('half', 2000))
      await until(() => job.calls('tabledata.insertAll') > 0)
      sending.destroy()
      await eventually(() => runs.at(-1)?.event === 'error')
      const {run} = runs.at(-1)!
      await eventually(() => run.stages.every(({info}) => info.stream.closed))
      expect(run.stages.filter(({info}) => !info.stream.destroyed)).to.deep.equal([])
      let open = 1
      await eventually(() => {
        void under.connections().then(count => (open = count))
        return open === 0
      })
      await eventually(() => [...resources()].every(([kind, count]) => count <= (before.get(kind) ?? 0)))
      // what was sent before is there or not, whole rows either way, and once
      const {rows, ids} = await job.counts()
      expect(rows).to.equal(ids)
      expect(rows).to.be.within(10, 2010)
    }).timeout(60_000)

  it('lets an upload end after stop(), while nobody new gets in', async () => {
    await under.start({drainDeadline: 60_000})
    const {sending, answer} = under.open()
    sending.write('id,amount\na,1\n')
    await until(() => runs.length > 0)
    const {port} = under
    const stopped = under.service.stop()
    await until(() => !under.service.app.server.listening)
    const [refused] = await once(get({port, path: '/readyz', agent: false}), 'error')
    expect(refused.code).to.equal('ECONNREFUSED')
    sending.end('b,2\n')
    expect((await answer).body.rows).to.equal(2)
    await stopped
    expect(await job.counts()).to.deep.equal({rows: 2, ids: 2})
  })

  it('answers an upload with 503 that has not ended by the deadline', async () => {
    await under.start({drainDeadline: 50})
    const {sending, answer} = under.open()
    sending.on('error', () => {})
    sending.write('id,amount\na,1\n')
    await until(() => runs.length > 0)
    const stopped = under.service.stop()
    const {status, body} = await answer
    expect({status, code: body.error.code}).to.deep.equal({status: 503, code: 'STOPPING'})
    await stopped
  })

  it('drains on SIGTERM as a process: uploads in flight end, then it exits with 0 by itself', async () => {
    const file = fileURLToPath(new URL('../../samples/service.ts', import.meta.url))
    const [node = '', ...program] = programCommand(file)
    const child = spawn(node, [...program, job.table], {
      env: {...process.env, PORT: '0'},
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const errors = text(child.stderr)
    const [line] = await once(child.stdout, 'data')
    const url = new URL(/http:\S+/.exec(String(line))![0])
    const open = () => under.open({}, Number(url.port))
    const gone = open()
    gone.sending.on('error', () => {})
    gone.sending.write(orders('gone', 10))
    const uploads = Array.from({length: 5}, (_, i) => {
      const upload = open()
      upload.sending.write(orders(`c${i}`, 100))
      return upload
    })
    const active = async () => (await fetch(new URL('/metrics', url))).text()
    while (!(await active()).includes('sluice_runs_active{pipeline="upload"} 6')) await new Promise(setImmediate)
    gone.sending.destroy()
    while (!(await active()).includes('sluice_runs_active{pipeline="upload"} 5')) await new Promise(setImmediate)
    child.kill('SIGTERM')
    // nobody new gets in
    while (await active().then(Boolean, () => false)) await new Promise(setImmediate)
    for (const {sending} of uploads) sending.end('last,1\n')
    const answers = await Promise.all(uploads.map(({answer}) => answer))
    expect(answers.map(({status, body}) => [status, body.rows])).to.deep.equal(uploads.map(() => [200, 101]))
    const [code, signal] = await once(child, 'close')
    expect({code, signal, errors: await errors}).to.deep.equal({code: 0, signal: null, errors: ''})
  }).timeout(60_000)
})
