import {pipeline} from 'node:stream/promises'
import {setImmediate as turn} from 'node:timers/promises'
import {PubSub} from '@google-cloud/pubsub'
import {expect} from 'chai'
import {writeToBigQuery, writeToPubSub} from '../../lib/dead-letters/index.ts'
import {readFromPubSub} from '../../lib/io/pubsub/index.ts'
import {Pipeline} from '../../lib/pipeline/index.ts'
import {map} from '../../lib/transforms/index.ts'
import {forbidNetwork} from '../jobs/network.ts'
import {rejection} from './support.ts'

const VARIABLES = ['PUBSUB_EMULATOR_HOST', 'BIGQUERY_EMULATOR_HOST'] as const
const SUBSCRIPTION = 'projects/p/subscriptions/orders'
const TOPIC = 'projects/p/topics/rows'

describe('a job with Pub/Sub of which only a part points to the local cloud', () => {
  const saved = {...process.env}
  let network: ReturnType<typeof forbidNetwork>
  beforeEach(() => {
    for (const name of VARIABLES) delete process.env[name]
    network = forbidNetwork()
  })
  afterEach(() => {
    network.allow()
    for (const name of VARIABLES) delete process.env[name]
    Object.assign(process.env, saved)
  })

  const source = (options = {}) => readFromPubSub({subscription: SUBSCRIPTION, ...options})
  const toRow = () => map((data: Buffer) => ({text: data.toString()}))
  const table = (options = {}) => writeToBigQuery<object>({table: 'p.d.t', ...options})
  const topic = () => writeToPubSub<object>({topic: TOPIC})

  const jobs: [string, readonly string[], () => Promise<unknown>][] = [
    ['from Pub/Sub to BigQuery, stream.pipeline', VARIABLES, () => pipeline(source(), toRow(), table())],
    [
      'from Pub/Sub to BigQuery, a Pipeline',
      VARIABLES,
      () => {
        const p = new Pipeline()
        p.apply('Read', source()).apply('Row', toRow()).apply('Write', table())
        return p.run()
      },
    ],
    [
      'two sinks, a topic and a table',
      VARIABLES,
      () => {
        const p = new Pipeline()
        const rows = p.apply('Read', source()).apply('Row', toRow())
        rows.apply('Tell', topic())
        rows.apply('Write', table())
        return p.run()
      },
    ],
  ]
  for (const set of VARIABLES)
    for (const [name, variables, run] of jobs)
      it(`is refused before anything is connected when only ${set} is set: ${name}`, async () => {
        process.env[set] = set === 'BIGQUERY_EMULATOR_HOST' ? 'http://127.0.0.1:1' : '127.0.0.1:1'
        const error = await rejection(run())
        expect(error).to.include({code: 'ERR_SLUICE_MIXED_TARGETS'})
        for (const variable of variables) expect(error.message).to.contain(variable)
        for (let i = 0; i < 50; i++) await turn()
        expect(network.tried).to.deep.equal([])
      })

  it('is permitted by allowMixedTargets of either end', () => {
    process.env['PUBSUB_EMULATOR_HOST'] = '127.0.0.1:1'
    for (const end of ['source', 'sink']) {
      const stages = [
        source(end === 'source' ? {allowMixedTargets: true} : {}),
        toRow(),
        table(end === 'sink' ? {allowMixedTargets: true} : {}),
      ] as const
      stages[0].pipe(stages[1]).pipe(stages[2])
      for (const stage of stages) stage.destroy()
    }
  })

  it('is not refused when a ready client is given, which no variable decides', async () => {
    const client = new PubSub({projectId: 'p'})
    process.env['BIGQUERY_EMULATOR_HOST'] = 'http://127.0.0.1:1'
    const stages = [source({client}), toRow(), table()] as const
    stages[0].pipe(stages[1]).pipe(stages[2])
    for (const stage of stages) stage.destroy()
    await client.close()
  })
})

describe('a job from a subscription to a topic', () => {
  it('has one target, so that the variable is set for both or for none', () => {
    const stages = [
      readFromPubSub({subscription: SUBSCRIPTION}),
      map((data: Buffer) => ({n: data.length})),
      writeToPubSub<object>({topic: TOPIC}),
    ] as const
    stages[0].pipe(stages[1]).pipe(stages[2])
    const [from, , to] = stages.map(stage => stage.info.target?.())
    expect(from).to.deep.equal(to)
    for (const stage of stages) stage.destroy()
  })
})
