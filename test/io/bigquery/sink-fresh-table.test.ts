import {expect} from 'chai'
import {until} from '../../batching/manual-clock.ts'
import {LocalBigQuery, rows} from './local-bigquery.ts'

describe('writeToBigQuery: a table that another sink of this run has created', () => {
  const local = new LocalBigQuery()

  it('may be unknown to insertAll for some minutes, too', async () => {
    local.clock.skip = () => false
    local.fault({kind: 'tableNotFoundAfterCreate', ms: 60_000})
    const [first, second] = [local.sink(), local.sink()]
    const running = [local.write(rows(2), first)]
    await until(() => first.info.metrics.extra['retries'] === 1)
    running.push(local.write(rows(2, 2), second))
    await until(() => second.info.metrics.extra['retries'] === 1 || second.destroyed)
    local.clock.skip = () => true
    local.clock.advance(60_000)
    await Promise.all(running)
    expect(local.calls('tables.insert')).to.equal(1)
    expect(await local.count()).to.equal(4)
  })
})

describe('writeToBigQuery: a column that is added to a repeated record', () => {
  const local = new LocalBigQuery()
  const orders = (...names: string[]) => ({
    name: 'orders',
    type: 'RECORD',
    mode: 'REPEATED',
    fields: names.map(name => ({name, type: 'INTEGER', mode: 'NULLABLE'})),
  })

  it('is waited for as any other', async () => {
    await local.client.dataset('d').createTable(local.table, {schema: {fields: [orders('n')]}})
    const sink = local.sink({schema: undefined as never})
    sink.write({orders: [{n: 1}]})
    await sink.flush()
    await local.client
      .dataset('d')
      .table(local.table)
      .setMetadata({schema: {fields: [orders('n', 'm')]}})
    local.fault({kind: 'staleSchema', ms: 60_000})
    await local.write([{orders: [{n: 2}, {n: 3, m: 4}]}], sink)
    expect(await local.count()).to.equal(2)
    expect(sink.info.metrics.extra['retries']).to.be.at.least(1)
  })
})
