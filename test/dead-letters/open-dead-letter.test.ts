import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {PassThrough, Readable} from 'node:stream'
import {expect} from 'chai'
import type {DeadLetterTarget} from '../../lib/batching/index.ts'
import {writeToBigQuery, writeToPubSub} from '../../lib/dead-letters/index.ts'
import {create} from '../../lib/transforms/index.ts'
import {thrown} from '../batching/manual-clock.ts'

describe('the option `deadLetter`', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  after(() => rmSync(folder, {recursive: true}))

  const refusal = (deadLetter: unknown) =>
    thrown(() => writeToBigQuery({table: 'd.t', deadLetter: deadLetter as DeadLetterTarget}))

  for (const given of ['d.rejects', 5, null, {}, {table: 'd.t', file: 'f'}, {table: 'd.t', topic: 't'}, {tabel: 'd.t'}])
    it(`refuses ${JSON.stringify(given)}, and says what it takes`, () => {
      const error = refusal(given)
      expect(error).to.include({code: 'ERR_SLUICE_OPTION', stage: 'writeToBigQuery'})
      expect(error.message)
        .to.include('option `deadLetter` is')
        .and.include("{table: 'dataset.table'}")
        .and.include("{topic: 'name'}")
        .and.include("{file: 'path'}")
    })
  it('refuses a stream of bytes', () => {
    expect(refusal(new PassThrough()).message).to.include('this stream is not in object mode')
  })
  it('checks the table, and names whose dead letter it is', () => {
    expect(refusal({table: 'rejects'}).message).to.match(
      /^writeToBigQuery\.deadLetter: table 'rejects' names no dataset/,
    )
    expect(refusal({table: 'd.t', schema: 'a:STRING'}).message).to.include('unknown option `schema`')
    expect(refusal({table: 'd.t', maxRows: 0}).message).to.include('`maxRows`')
  })
  it('checks the file, and names the step', () => {
    const file = join(folder, 'there.jsonl')
    writeFileSync(file, '')
    const options = {table: 'd.t', name: 'Write'}
    const error = thrown(() => writeToBigQuery({...options, deadLetter: {file}}))
    expect(error.message).to.match(/^Write\.deadLetter: the file .* exists already; give `append: true`/)
    expect(() => writeToBigQuery({...options, deadLetter: {file, append: true}})).to.not.throw()
    expect(refusal({file: join(folder, 'none', 'f')}).message).to.include('a path in a folder that exists')
    expect(refusal({file: folder}).message).to.include('this is a folder')
    expect(refusal({file: 'gs://b/f'}).message).to.include('a local file')
    expect(refusal({file, apend: true}).message).to.include('did you mean `append`')
    expect(refusal({file, append: 1}).message).to.include('`append`')
  })
  it('is taken already when failedRows() is called', () => {
    const sink = writeToBigQuery({table: 'd.t', deadLetter: {table: 'd.rejects'}})
    expect(thrown(() => sink.failedRows()).code).to.equal('ERR_SLUICE_TAG')
  })

  describe('of another service', () => {
    const variables = ['BIGQUERY_EMULATOR_HOST', 'PUBSUB_EMULATOR_HOST'] as const
    const saved = variables.map(name => process.env[name])
    beforeEach(() => {
      delete process.env['BIGQUERY_EMULATOR_HOST']
      process.env['PUBSUB_EMULATOR_HOST'] = '127.0.0.1:1'
    })
    after(() => {
      for (const [i, name] of variables.entries())
        if (saved[i] === undefined) delete process.env[name]
        else process.env[name] = saved[i]
    })
    it('is not mixed with an emulator: no local reject lands in production', () => {
      const sink = writeToPubSub({topic: 'my-topic', deadLetter: {table: 'd.rejects'}})
      const error = thrown(() => create([1]).pipe(sink))
      expect(error).to.include({code: 'ERR_SLUICE_MIXED_TARGETS'})
      expect(error.message).to.include('deadLetter (bigquery')
    })
    it('is not mixed with an emulator after a stream that is not ours either', async () => {
      const sink = writeToPubSub({topic: 'my-topic', deadLetter: {table: 'd.rejects'}})
      const failed = new Promise<Error>(resolve => sink.once('error', resolve))
      Readable.from([1]).pipe(sink)
      expect(await failed).to.include({code: 'ERR_SLUICE_MIXED_TARGETS'})
    })
    it('is, when the sink allows it', () => {
      const options = {topic: 'my-topic', deadLetter: {table: 'd.rejects'}, allowMixedTargets: true}
      const source = create([1])
      source.pipe(writeToPubSub(options)).destroy()
      source.destroy()
    })
  })
})
