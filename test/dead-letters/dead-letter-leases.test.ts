import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Writable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {type Bundle, deadLetter, Sink} from '../../lib/core/index.ts'
import {DEAD_LETTER_SCHEMA, deadLetterRow} from '../../lib/dead-letters/index.ts'
import {writeToStdout} from '../../lib/io/stdio/index.ts'
import {type TestSource, testSource} from '../../lib/testing/index.ts'
import {discard, map} from '../../lib/transforms/index.ts'
import {deferred} from '../../lib/util/index.ts'
import {failure, settle, until} from '../batching/manual-clock.ts'
import {LocalBigQuery} from '../io/bigquery/local-bigquery.ts'

/** Refused before it is sent: the sink itself has no batch that waits. */
const BAD = {id: 'a', total: 1, more: 1}
/** Refused by the table. */
const REFUSED = {id: 'b', total: 'x'}
const GOOD = {id: 'c', total: 1}

/** Commits only when told to. */
class Gated extends Sink<unknown> {
  readonly taken: unknown[] = []
  readonly committed = deferred()
  override writeBundle(bundle: Bundle<unknown>): void {
    this.taken.push(...bundle.values)
  }
  override commit(): Promise<void> {
    return this.committed.promise
  }
}

describe('a message whose dead letter is written', () => {
  const local = new LocalBigQuery()
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  after(() => rmSync(folder, {recursive: true}))
  beforeEach(() => local.create())

  /** Messages that stay the last ones until `end` is called. */
  function messages<T>(...list: T[]): {source: TestSource<T>; end: () => void} {
    const ended = deferred()
    const given = async function* () {
      yield list
      await ended.promise
    }
    return {source: testSource(given(), {leases: true}), end: () => ended.resolve()}
  }

  /** The letter is in a batch that waits for the clock. */
  const waiting = () => until(() => local.clock.set.filter(ms => ms === 1000).length > 0)

  it('into a table is acknowledged when the table has it', async () => {
    const {source, end} = messages(BAD)
    const run = pipeline(source, local.sink({deadLetter: {table: `d.${local.table}_rejects`}}))
    await waiting()
    await settle()
    expect(source.acked).to.deep.equal([])
    local.clock.advance(1000)
    await until(() => source.acked.length === 1)
    expect(local.inserts.map(insert => insert.status)).to.deep.equal([200])
    end()
    await run
  })
  it('into a table is acknowledged after those whose rows were taken with it', async () => {
    const {source, end} = messages<object>(GOOD, REFUSED)
    const run = pipeline(source, local.sink({maxRows: 2, deadLetter: {table: `d.${local.table}_rejects`}}))
    await until(() => source.acked.length === 1)
    await settle()
    expect(source.acked).to.deep.equal([GOOD])
    end()
    await run
    expect(source.acked).to.deep.equal([GOOD, REFUSED])
  })
  it('into a file is acknowledged when the file has it', async () => {
    const {source, end} = messages(BAD)
    const file = join(folder, 'rejects.jsonl')
    const run = pipeline(source, local.sink({deadLetter: {file}}))
    await until(() => source.acked.length === 1)
    expect(readFileSync(file, 'utf8').trim().split('\n')).to.have.length(1)
    end()
    await run
  })
  it('into any sink is acknowledged when that has committed it', async () => {
    const {source, end} = messages(BAD)
    const sink = new Gated()
    const run = pipeline(source, local.sink({deadLetter: sink}))
    await until(() => sink.taken.length === 1)
    await settle()
    expect(source.acked).to.deep.equal([])
    sink.committed.resolve()
    await until(() => source.acked.length === 1)
    end()
    await run
  })
  it('to standard output is acknowledged when that has taken it', async () => {
    const {source, end} = messages(BAD)
    const answers: (() => void)[] = []
    const stream = new Writable({write: (_chunk, _encoding, done) => void answers.push(done)})
    const run = pipeline(source, local.sink({deadLetter: writeToStdout({stream})}))
    await until(() => answers.length === 1)
    await settle()
    expect(source.acked).to.deep.equal([])
    answers[0]!()
    await until(() => source.acked.length === 1)
    end()
    await run
  })
  it('to discard() is acknowledged at once', async () => {
    const {source, end} = messages(BAD)
    const run = pipeline(source, local.sink({deadLetter: discard()}))
    await until(() => source.acked.length === 1)
    end()
    await run
  })
  it('from a tagged output, through map(deadLetterRow), is acknowledged when the table has it', async () => {
    const {source, end} = messages('{"id":"a","total":1}', '{oops')
    const parse = map((text: string) => JSON.parse(text), {onError: deadLetter('bad')})
    const rejects = local.sink({table: `d.${local.table}_bad`, schema: DEAD_LETTER_SCHEMA})
    parse.tagged('bad').pipe(map(deadLetterRow)).pipe(rejects)
    const run = pipeline(source, parse, local.sink({maxRows: 1}))
    await until(() => source.acked.length === 1)
    await waiting()
    expect(source.acked).to.deep.equal(['{"id":"a","total":1}'])
    local.clock.advance(1000)
    await until(() => source.acked.length === 2)
    end()
    await run
  })
  it('is given back when the dead letter fails, and nothing else is acknowledged', async () => {
    const {source} = messages<object>(GOOD, BAD)
    const run = pipeline(source, local.sink({deadLetter: {table: 'nowhere.rejects'}}))
    const error = await failure(run)
    expect(error.message).to.match(/^writeToBigQuery: its `deadLetter` failed: writeToBigQuery\.deadLetter: /)
    expect(source.acked).to.deep.equal([])
    expect(source.nacked).to.deep.equal([GOOD, BAD])
  })
  it('is given back when a sink of the user fails to commit it', async () => {
    const {source} = messages(BAD)
    const sink = new Gated()
    sink.committed.reject(new Error('disk full'))
    sink.committed.promise.catch(() => {})
    const error = await failure(pipeline(source, local.sink({deadLetter: sink})))
    expect(error.message).to.equal('writeToBigQuery: its `deadLetter` failed: Gated: disk full')
    expect(error.cause).to.include({message: 'disk full'})
    expect(source.nacked).to.deep.equal([BAD])
  })
  it('cannot go to a stream that is not a stage: nobody could say when it is written', async () => {
    const {source} = messages(BAD)
    const foreign = new Writable({objectMode: true, write: (_row, _encoding, done) => done()})
    const error = await failure(pipeline(source, local.sink({deadLetter: foreign})))
    expect(error).to.include({code: 'ERR_SLUICE_LEASE'})
    expect(source.acked).to.deep.equal([])
  })
})
