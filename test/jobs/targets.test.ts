import {PassThrough} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {setImmediate as turn} from 'node:timers/promises'
import {expect} from 'chai'
import {
  create,
  type DeadLetter,
  DoFn,
  deadLetter,
  Pipeline,
  readAllFromText,
  readFromCsv,
  readFromText,
  tee,
  writeToBigQuery,
} from 'sluice'
import {failure, thrown} from '../batching/manual-clock.ts'
import {forbidNetwork} from './network.ts'
import {type Row, SCHEMA, ToRow} from './rows.ts'
import {startChild} from './support.ts'

const VARIABLES = ['STORAGE_EMULATOR_HOST', 'BIGQUERY_EMULATOR_HOST'] as const
const LOCAL = 'http://127.0.0.1:1'

describe('a job of which only a part points to the local cloud', () => {
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

  const source = (options = {}) => readFromText('gs://my-bucket/my-file*.csv', options)
  const sink = (options = {}) => writeToBigQuery<Row>({table: 'my_dataset.my-table', schema: SCHEMA, ...options})

  for (const set of VARIABLES)
    it(`${set} alone is set: a job whose paths are data fails at the first of Cloud Storage, whatever its dead letters`, async () => {
      process.env[set] = LOCAL
      const read = readAllFromText({onError: deadLetter('bad')})
      const bad = read.tagged('bad').toArray()
      bad.catch(() => {})
      const error = await failure(pipeline(create(['gs://b/a', 'gs://b/b']), read, new ToRow(), sink()))
      expect(error).to.include({code: 'ERR_SLUICE_MIXED_TARGETS'})
      expect(network.tried).to.deep.equal([])
    })

  for (const set of VARIABLES) {
    const missing = VARIABLES.find(name => name !== set)!

    describe(`${set} is set, ${missing} is not`, () => {
      beforeEach(() => {
        process.env[set] = LOCAL
      })

      const refused: [string, () => Promise<unknown>][] = [
        ['stream.pipeline', () => pipeline(source(), new ToRow(), sink())],
        ['stream.pipeline with readFromCsv', () => pipeline(readFromCsv('gs://b/f.csv'), sink())],
        [
          'stream.pipeline with a foreign stream',
          () => pipeline(source(), new PassThrough({objectMode: true}), new ToRow(), sink()),
        ],
        ['stream.pipeline with tee()', () => pipeline(source(), new ToRow(), tee(sink()), sink())],
        [
          'a dead letter of a DoFn',
          async () => {
            class Parse extends DoFn<string, Row, {bad: DeadLetter<string>}> {
              process(): void {}
            }
            const parse = new Parse({onError: deadLetter('bad')})
            parse.tagged('bad').pipe(writeToBigQuery({table: 'd.bad'}))
            await pipeline(source(), parse, async rows => {
              for await (const _ of rows as AsyncIterable<Row>);
            })
          },
        ],
        [
          'a Pipeline',
          () => {
            const p = new Pipeline({name: 'mixed'})
            p.apply('Read', source()).apply('Row', new ToRow()).apply('Write', sink())
            return p.run()
          },
        ],
      ]
      for (const [name, run] of refused)
        it(`is refused before anything is read, and both variables are named: ${name}`, async () => {
          const error = await failure(run())
          expect(error).to.include({code: 'ERR_SLUICE_MIXED_TARGETS'})
          expect(error.message).to.contain(set).and.contain(missing).and.contain('allowMixedTargets')
          // nor afterwards
          for (let i = 0; i < 50; i++) await turn()
          expect(network.tried).to.deep.equal([])
        })

      it('is refused by pipe(), whichever pipe comes first', () => {
        const [a, b] = [source(), new ToRow()]
        a.pipe(b)
        expect(thrown(() => b.pipe(sink()))).to.include({code: 'ERR_SLUICE_MIXED_TARGETS'})
        expect(a.destroyed).to.equal(true)
        const [c, d] = [source(), new ToRow()]
        d.pipe(sink())
        expect(thrown(() => c.pipe(d))).to.include({code: 'ERR_SLUICE_MIXED_TARGETS'})
      })

      for (const where of ['source', 'sink'] as const)
        it(`is permitted by allowMixedTargets on the ${where}`, () => {
          const allow = {allowMixedTargets: true}
          const stages = [
            source(where === 'source' ? allow : {}),
            new ToRow(),
            sink(where === 'sink' ? allow : {}),
          ] as const
          stages[0].pipe(stages[1]).pipe(stages[2])
          for (const stage of stages) stage.destroy()
        })

      it('is permitted by allowMixedTargets of a Pipeline', async () => {
        const p = new Pipeline({name: 'mixed', allowMixedTargets: true})
        p.apply('Read', source({retryFor: 1}))
          .apply('Row', new ToRow())
          .apply('Write', sink())
        const run = p.run()
        run.cancel()
        expect(await failure(run)).to.include({code: 'ERR_SLUICE_CANCELLED'})
      })
    })
  }

  it('is not refused when a ready client is given, which no variable decides', async () => {
    const {BigQuery} = await import('@google-cloud/bigquery')
    process.env['STORAGE_EMULATOR_HOST'] = LOCAL
    const stages = [source(), new ToRow(), sink({client: new BigQuery({projectId: 'p'})})] as const
    stages[0].pipe(stages[1]).pipe(stages[2])
    for (const stage of stages) stage.destroy()
  })
})

describe('a job with no emulator variable', () => {
  it('talks to Google Cloud and never to this machine', async () => {
    const {code, out, errors} = await startChild('no-variables.ts', [], bareEnvironment()).ended
    expect(errors).to.equal('')
    const {built, tried} = JSON.parse(out)
    expect(built).to.deep.equal([])
    expect(tried).to.include('oauth2.googleapis.com')
    for (const host of tried) expect(host).to.match(/(^|\.)googleapis\.com$/)
    expect(code).to.equal(0)
  }).timeout(60_000)
})

describe("importing 'sluice'", () => {
  it('loads no Google client, until one is needed', async () => {
    const {code, out, errors} = await startChild('what-is-loaded.ts', [], bareEnvironment()).ended
    expect(errors).to.equal('')
    const {atFirst, later} = JSON.parse(out)
    expect(atFirst).to.deep.equal([])
    expect(later).to.include.members(['@google-cloud/storage', '@google-cloud/bigquery', 'google-auth-library'])
    expect(code).to.equal(0)
  }).timeout(60_000)
})

/** No variables but those that a process needs. */
function bareEnvironment(): NodeJS.ProcessEnv {
  return {PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR']}
}
