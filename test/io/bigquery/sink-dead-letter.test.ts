import {PassThrough} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import type {FailedRow} from '../../../lib/batching/index.ts'
import {type Bundle, Sink} from '../../../lib/core/index.ts'
import {failure, settle, until} from '../../batching/manual-clock.ts'
import {LocalBigQuery, rows} from './local-bigquery.ts'

/** Takes rows, or commits them, only when told to. */
class Gated extends Sink<FailedRow> {
  readonly taken: FailedRow[] = []
  take: Promise<void> = Promise.resolve()
  written: Promise<void> = Promise.resolve()
  override async writeBundle(bundle: Bundle<FailedRow>): Promise<void> {
    await this.take
    this.taken.push(...bundle.values)
  }
  override commit(): Promise<void> {
    return this.written
  }
}

function gate(): {opened: Promise<void>; open: () => void} {
  let open = () => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return {opened, open}
}

describe('writeToBigQuery: who takes the refused rows', () => {
  const local = new LocalBigQuery()
  const bad = {id: 'a', total: 'x'}

  it('may come later than 30 s after the last row', async () => {
    await local.create()
    const sink = local.sink()
    const failed = sink.failedRows()
    const running = local.write([bad], sink)
    await until(() => local.clock.set.includes(30_000))
    await settle()
    local.clock.advance(30_000)
    const seen = []
    for await (const reject of failed) seen.push(reject.row)
    await running
    expect(seen).to.deep.equal([bad])
  })

  it('is not called missing while it writes what it has taken', async () => {
    await local.create()
    const {opened, open} = gate()
    const deadLetter = new Gated()
    deadLetter.written = opened
    const running = local.write([bad], local.sink({deadLetter}))
    await until(() => deadLetter.writableEnded)
    await settle()
    local.clock.advance(30_000)
    open()
    await running
    expect(deadLetter.taken.map(({row}) => row)).to.deep.equal([bad])
    expect(local.warnings).to.deep.equal([])
  })

  it('is named when it has taken nothing for 30 s', async () => {
    await local.create()
    const {opened, open} = gate()
    const deadLetter = new Gated()
    deadLetter.take = opened
    const running = local.write([bad], local.sink({deadLetter}))
    await until(() => local.clock.set.includes(30_000))
    local.clock.advance(30_000)
    open()
    await running
    expect(local.warnings).to.deep.equal(['writeToBigQuery has waited 30 s for its `deadLetter` to take rows'])
  })

  it('cannot be the dead letter of two sinks: the one that is left without it says so', async () => {
    await local.create()
    const deadLetter = new Gated()
    const source = new PassThrough({objectMode: true})
    const second = local.sink({deadLetter})
    const left = failure(pipeline(source, second))
    source.write(rows(1)[0])
    await local.write([bad], local.sink({deadLetter}))
    const error = await left
    expect(error).to.include({code: 'ERR_SLUICE_SINK', stage: 'writeToBigQuery'})
    expect(error.message).to.contain('`deadLetter` ended before').and.contain('a dead letter of its own')
  })
})
