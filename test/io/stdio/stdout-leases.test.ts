import {Writable} from 'node:stream'
import {finished, pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {writeToStdout} from '../../../lib/io/stdio/index.ts'
import {testSink, testSource} from '../../../lib/testing/index.ts'
import {map} from '../../../lib/transforms/index.ts'
import {failure, settle, until} from '../../batching/manual-clock.ts'
import {failureOf} from '../../files/fixtures.ts'

const GONE = Object.assign(new Error('write EPIPE'), {code: 'EPIPE'})

/** An output that answers each write when told to. */
class Held extends Writable {
  readonly answers: ((error?: Error | null) => void)[] = []
  constructor() {
    // every write reaches it at once
    super({highWaterMark: 1e9})
  }
  override _write(_chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void) {
    this.answers.push(done)
  }
}

/** Bundles without an end, one when the one before it has been handed on. */
async function* endless() {
  for (let n = 0; n < 1e6; n++) {
    yield [n]
    await new Promise(setImmediate)
  }
  throw new Error('still read')
}

describe('writeToStdout after a message source', () => {
  it('acknowledges a message when the system has taken its line, not earlier', async () => {
    const stream = new Held()
    const source = testSource([['a']], {leases: true})
    const run = pipeline(source, writeToStdout({stream}))
    await until(() => stream.answers.length === 1)
    await settle()
    expect(source.acked).to.deep.equal([])
    stream.answers[0]!()
    await run
    expect(source.acked).to.deep.equal(['a'])
  })
  it('acknowledges also while further lines are always on their way', async () => {
    const stream = new Held()
    const source = testSource(endless(), {leases: true})
    const run = pipeline(source, writeToStdout({stream}))
    for (let answered = 0; answered < 20; answered++) {
      await until(() => source.pulled > answered + 3 && stream.answers.length > answered)
      stream.answers[answered]!()
    }
    await until(() => source.acked.length >= 10)
    source.destroy(new Error('enough'))
    await failure(run)
  })
  it('gives back the messages whose lines it dropped, and ends their source, when the reader has gone', async () => {
    const stream = new Held()
    const source = testSource(endless(), {leases: true})
    const run = pipeline(
      source,
      map((n: number) => n),
      writeToStdout({stream}),
    )
    await until(() => stream.answers.length === 1)
    stream.answers[0]!()
    await until(() => stream.answers.length === 2)
    expect(source.acked).to.deep.equal([0])
    stream.answers[1]!(GONE)
    await run
    expect(source.acked).to.deep.equal([0])
    expect(source.outstanding).to.deep.equal([])
    expect(source.nacked).to.include(1)
  })
  it('acknowledges nothing when the output fails', async () => {
    const stream = new Writable({write: (_chunk, _encoding, done) => done(new Error('disk full'))})
    const source = testSource([['a']], {leases: true})
    expect(await failureOf(pipeline(source, writeToStdout({stream})))).to.include({code: 'ERR_SLUICE_STDIO'})
    expect(source.nacked).to.deep.equal(['a'])
  })
  it('fails when the reader has gone while another sink still needs the messages', async () => {
    const stream = new Writable({write: (_chunk, _encoding, done) => done(GONE)})
    const source = testSource(endless(), {leases: true})
    const other = source.pipe(testSink<number>())
    const sink = source.pipe(writeToStdout({stream}))
    const error = await failureOf(finished(sink))
    expect(error).to.include({code: 'ERR_SLUICE_STDIO', stage: 'writeToStdout'})
    expect(error.message).to.include('testSource continues for other sinks')
    expect(source.acked).to.deep.equal([])
    source.destroy()
    other.destroy()
  })
  it('ends quietly when two sinks on one output lose its reader', async () => {
    const stream = new Writable({write: (_chunk, _encoding, done) => done(GONE)})
    const source = testSource(endless(), {leases: true})
    const sinks = [1, 2].map(() => source.pipe(writeToStdout({stream})))
    await Promise.all(sinks.map(sink => finished(sink)))
    await until(() => source.closed || source.outstanding.length === 0)
    expect(source.acked).to.deep.equal([])
  })
})
