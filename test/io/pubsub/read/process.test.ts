import {strict as assert} from 'node:assert'
import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {createServer} from 'node:net'
import {setTimeout as pause} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'
import {PubSub} from '@google-cloud/pubsub'
import {type LocalCloud, startLocalCloud} from '../../../../lib/emulators/index.ts'
import {ended} from '../../../cli/command.ts'
import {programCommand} from '../../../support/program.ts'

const PROGRAM = fileURLToPath(new URL('../support/reading-program.ts', import.meta.url))
const SUBSCRIPTION = 'projects/local-project/subscriptions/orders'

function read(host: string, takes = 0): ChildProcess {
  const [node = '', ...program] = programCommand(PROGRAM)
  return spawn(node, [...program, SUBSCRIPTION, String(takes)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {...process.env, PUBSUB_EMULATOR_HOST: host, METADATA_SERVER_DETECTION: 'none'},
  })
}

/** A port at which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const {port} = server.address() as {port: number}
  await new Promise(resolve => server.close(resolve))
  return port
}

async function saying(child: ChildProcess, text: string): Promise<void> {
  for await (const chunk of child.stderr!.iterator({destroyOnReturn: false})) if (String(chunk).includes(text)) return
}

describe('a process that reads a subscription', function () {
  this.timeout(60_000)
  let cloud: LocalCloud
  let client: PubSub

  const saved = process.env['METADATA_SERVER_DETECTION']
  before(() => {
    process.env['METADATA_SERVER_DETECTION'] = 'none'
  })
  after(() => {
    if (saved === undefined) delete process.env['METADATA_SERVER_DETECTION']
    else process.env['METADATA_SERVER_DETECTION'] = saved
  })

  beforeEach(async () => {
    cloud = await startLocalCloud({services: ['pubsub']})
    client = new PubSub(cloud.clientOptions.pubsub)
    const [topic] = await client.createTopic('orders')
    await topic.createSubscription('orders')
    await topic.publishMessage({data: Buffer.from('one')})
  })

  afterEach(async () => {
    await client.close()
    await cloud.close()
  })

  it('fails after 10 s when nobody has ever listened at the address', async () => {
    const from = Date.now()
    const {code, out} = await ended(read(`127.0.0.1:${await closedPort()}`))
    assert.deepEqual([code, JSON.parse(out).code], [1, 'ERR_SLUICE_PUBSUB'])
    assert.ok(Date.now() - from >= 10_000)
  })

  it('stays while its server is away, and drains in time when it is told to', async () => {
    const child = read(cloud.pubsub.host)
    const exit = once(child, 'close')
    await saying(child, 'got a message')
    await cloud.close()
    assert.equal(await Promise.race([exit, pause(3000, 'stays')]), 'stays')
    const done = ended(child)
    child.kill('SIGTERM')
    const {code, out} = await done
    const {drainedInMs} = JSON.parse(out) as {drainedInMs: number}
    assert.notEqual(code, 13)
    assert.ok(drainedInMs < 5000, `${drainedInMs} ms`)
  })

  it('fails a drain in time when its last acknowledgements have no answer', async () => {
    const child = read(cloud.pubsub.host, 1500)
    await saying(child, 'got a message')
    await cloud.close()
    const done = ended(child)
    await pause(2000)
    child.kill('SIGTERM')
    const {code, out} = await done
    const {code: error, drainedInMs} = JSON.parse(out) as {code: string; drainedInMs: number}
    assert.deepEqual([code, error], [1, 'ERR_SLUICE_DRAIN'])
    assert.ok(drainedInMs >= 990 && drainedInMs < 5000, `${drainedInMs} ms`)
  })

  it('does not stay for acknowledgements that a server which has stopped answering still has', async () => {
    cloud.faults.add({match: {call: 'pubsub.acknowledge'}, do: {kind: 'hang'}})
    const child = read(cloud.pubsub.host, 500)
    await saying(child, 'got a message')
    const done = ended(child)
    await pause(1000)
    child.kill('SIGTERM')
    const from = Date.now()
    assert.equal((await done).code, 1)
    // the deadline of 1 s, and 5 s that are left to the service
    assert.ok(Date.now() - from < 20_000, `${Date.now() - from} ms`)
  })
})
