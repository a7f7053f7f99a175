import {expect} from 'chai'
import {connectBigQuery} from '../../../lib/io/bigquery/service/bigquery-client.ts'
import {failure} from '../../batching/manual-clock.ts'
import {LocalBigQuery} from './local-bigquery.ts'

describe('BigQuery: a request that is aborted', () => {
  const local = new LocalBigQuery()

  it('rejects with the reason and does nothing else, at whatever moment before it goes out', async () => {
    const port = await connectBigQuery(local.client, undefined)
    const table = {project: 'local-project', dataset: 'd', table: 'missing', decorator: ''}
    for (let ticks = 0; ticks < 100; ticks++) {
      const stop = new AbortController()
      const reason = new Error('stop')
      const sent = failure(port.insertAll(table, Buffer.from('{"rows":[]}'), stop.signal))
      // an uncaught error of a stream that nobody listens to would fail this test
      for (let i = 0; i < ticks; i++) await null
      stop.abort(reason)
      expect(await sent).to.equal(reason)
    }
    await new Promise(setImmediate)
  })
})
