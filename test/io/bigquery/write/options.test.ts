import {PassThrough, Writable} from 'node:stream'
import {expect} from 'chai'
import {writeToBigQuery} from '../../../../lib/io/bigquery/index.ts'
import {parseOptions} from '../../../../lib/io/bigquery/write/options.ts'
import {thrown} from '../../../batching/manual-clock.ts'

const write = (options: object) => writeToBigQuery({table: 'd.t', ...options} as {table: string})
const create = (options: object) =>
  parseOptions({table: 'd.t', schema: 'day:DATE,n:INTEGER,country:STRING', create: options}).create

describe('BigQuery: options', () => {
  it('have defaults: 15 minutes, a minute for each request, create if needed', () => {
    const {retry, createIfNeeded, ignoreUnknown, policy} = parseOptions({table: 'd.t'})
    expect(retry).to.include({total: 900_000, requestTimeout: 60_000})
    expect({createIfNeeded, ignoreUnknown}).to.deep.equal({createIfNeeded: true, ignoreUnknown: false})
    expect(policy).to.deep.equal({maxRows: 500, maxBytes: 9_000_000, maxDelay: 1000, maxInFlight: 4})
  })

  it('retry forever when asked to', () => {
    expect(parseOptions({table: 'd.t', retryFor: 'forever'}).retry.total).to.equal(Number.POSITIVE_INFINITY)
  })

  for (const writeDisposition of ['WRITE_TRUNCATE', 'WRITE_EMPTY']) {
    it(`refuse ${writeDisposition}, since streaming inserts can only append`, () => {
      const error = thrown(() => write({writeDisposition}))
      expect(error).to.include({code: 'ERR_SLUICE_OPTION'})
      expect(error.message).to.contain('can only append').and.contain('TRUNCATE TABLE')
    })
  }

  const wrong: [object, string][] = [
    [{tabel: 'x'}, 'did you mean `table`?'],
    [{writeDisposition: 'APPEND'}, '`writeDisposition`'],
    [{createDisposition: 'IF_NEEDED'}, '`createDisposition`'],
    [{createDisposition: 'CREATE_NEVER', create: {}}, '`create`'],
    [{onUnknownField: 'drop'}, '`onUnknownField`'],
    [{insertId: 'id'}, '`insertId`'],
    [{insertId: true}, '`insertId`'],
    [{deadLetter: {tabel: 'd.bad'}}, '`deadLetter`'],
    [{deadLetter: new PassThrough()}, '`deadLetter`'],
    [{retryFor: 'long'}, '`retryFor`'],
    [{requestTimeout: 0}, '`requestTimeout`'],
    [{client: {}}, '`client`'],
    [{allowMixedTargets: 'yes'}, '`allowMixedTargets`'],
    [{maxBytes: '20MB'}, '`maxBytes`'],
    [{schema: 'a'}, 'name:TYPE'],
    [{name: ''}, '`name`'],
  ]
  for (const [options, words] of wrong) {
    it(`refuse ${Object.entries(options).map(([k, v]) => `${k}: ${JSON.stringify(v) ?? typeof v}`.slice(0, 60))}`, () => {
      expect(thrown(() => write(options)).message).to.contain(words)
    })
  }

  it('refuse to be absent', () => {
    expect(thrown(() => writeToBigQuery(undefined as never)).message).to.contain('my_dataset.my_table')
  })

  it('name the stage in errors when it has a name', () => {
    expect(thrown(() => write({name: 'Orders', maxRows: 0})).message).to.match(/^Orders: /)
  })

  it('take a Writable in object mode as the dead letter, and then failedRows() is taken', () => {
    const sink = write({deadLetter: new Writable({objectMode: true, write: (_row, _encoding, done) => done()})})
    expect(thrown(() => sink.failedRows()).message).to.contain('deadLetter')
    sink.destroy()
  })

  it('make a table resource of `create`', () => {
    expect(
      create({
        timePartitioning: {type: 'DAY', field: 'day', expirationMs: 86_400_000, requirePartitionFilter: true},
        clustering: ['country', 'n'],
        labels: {team: 'orders'},
        expirationTime: new Date(1_800_000_000_000),
      }),
    ).to.deep.equal({
      timePartitioning: {type: 'DAY', field: 'day', expirationMs: '86400000', requirePartitionFilter: true},
      clustering: {fields: ['country', 'n']},
      labels: {team: 'orders'},
      expirationTime: '1800000000000',
    })
  })

  it('take a period alone for partitioning, and ranges of an integer column', () => {
    expect(create({timePartitioning: 'HOUR'})).to.deep.equal({timePartitioning: {type: 'HOUR'}})
    expect(create({rangePartitioning: {field: 'n', range: {start: 0, end: 100, interval: 10}}})).to.deep.equal({
      rangePartitioning: {field: 'n', range: {start: '0', end: '100', interval: '10'}},
    })
  })

  for (const options of [
    {timePartitioning: 'WEEK'},
    {timePartitioning: 'DAY', rangePartitioning: {field: 'n', range: {start: 0, end: 1, interval: 1}}},
    {timePartitioning: {field: 'nope'}},
    {rangePartitioning: {field: 'n'}},
    {clustering: []},
    {clustering: ['nope']},
    {labels: {a: 1}},
    {expirationTime: 'tomorrow'},
    {expirationTime: '0x77359400'},
    {expirationTime: '1e12'},
    {expirationTime: new Date(Number.NaN)},
    {timePartitioning: {expirationMs: '1 day'}},
    {timePartitioning: {expirationMs: 0.5}},
    {rangePartitioning: {field: 'n', range: {start: 0, end: 2 ** 53, interval: 1}}},
    {rangePartitioning: {field: 'n', range: {start: 'a', end: 1, interval: 1}}},
    {partitioning: 'DAY'},
  ]) {
    it(`refuse create: ${JSON.stringify(options)}`, () => {
      expect(thrown(() => create(options))).to.include({code: 'ERR_SLUICE_OPTION'})
    })
  }
})
