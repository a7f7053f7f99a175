import {expect} from 'chai'
import {settle, until} from '../../batching/manual-clock.ts'
import {LocalBigQuery, rows} from './local-bigquery.ts'

describe('writeToBigQuery: flush()', () => {
  const local = new LocalBigQuery()

  it('rejects when the sink is destroyed before the rows are in', async () => {
    await local.create()
    local.fault({kind: 'hang'})
    const sink = local.sink()
    sink.on('error', () => {})
    sink.write(rows(1)[0])
    const flushed = sink.flush().then(
      () => 'resolved',
      (error: Error) => error.message,
    )
    await until(() => local.inserts.length === 1)
    await Promise.resolve()
    sink.destroy(new Error('enough'))
    expect(await flushed).to.contain('enough')
  })

  it('rejects when the sink is destroyed while rows wait for their turn', async () => {
    await local.create()
    local.fault({kind: 'hang'})
    const sink = local.sink({maxRows: 1, maxInFlight: 1})
    sink.on('error', () => {})
    for (const row of rows(2)) sink.write(row)
    const flushed = sink.flush().then(
      () => 'resolved',
      (error: Error) => error.message,
    )
    await until(() => local.inserts.length === 1)
    await settle()
    await Promise.resolve()
    sink.destroy()
    expect(await flushed).to.contain('destroyed before')
  })
})
