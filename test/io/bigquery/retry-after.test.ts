import {expect} from 'chai'
import {failure} from '../../batching/manual-clock.ts'
import {LocalBigQuery, rows} from './local-bigquery.ts'

describe('Retry-After of BigQuery', () => {
  const local = new LocalBigQuery()
  const fault = (call: string, status: number, header: string, reason: string, times: number) =>
    local.cloud.faults.add({
      match: {call},
      times,
      do: {kind: 'status', status, reason, headers: {'Retry-After': header}},
    })
  const failing: [number, string][] = [
    [429, 'rateLimitExceeded'],
    [503, 'backendError'],
    [403, 'quotaExceeded'],
  ]
  for (const call of ['tables.get', 'tables.insert', 'tabledata.insertAll'])
    for (const [status, reason] of failing) {
      it(`${call}, ${status} ${reason}: seconds are waited`, async () => {
        if (call !== 'tables.insert') await local.create()
        fault(call, status, '77', reason, 1)
        await local.write(rows(1))
        expect(local.clock.skipped).to.include(77_000)
        expect(await local.count()).to.equal(1)
      })

      for (const header of ['86400', '9'.repeat(30), new Date(Date.now() + 86_400_000).toUTCString()])
        it(`${call}, ${status} ${reason}: one longer than there is time for is an error that says so (${header})`, async () => {
          if (call !== 'tables.insert') await local.create()
          fault(call, status, header, reason, 100)
          const error = await failure(local.write(rows(1)))
          expect(error).to.include({code: 'ERR_SLUICE_BIGQUERY'})
          expect(error.message).to.match(/BigQuery asks to wait .+ \(Retry-After\).*`retryFor`/)
          expect(error.message).to.not.include('It was tried again')
        })
    }

  for (const header of ['-5', 'soon', '1e9', '0'])
    it(`'${header}' leaves the pause ours`, async () => {
      await local.create()
      fault('tabledata.insertAll', 503, header, 'backendError', 1)
      await local.write(rows(1))
      expect(local.clock.skipped[0]).to.be.within(1000, 2000)
    })

  it('is said when the pause is long, also at the first failure', async () => {
    await local.create()
    fault('tabledata.insertAll', 503, '600', 'backendError', 1)
    await local.write(rows(1))
    expect(local.warnings.join()).to.include('trying again in 10 m')
  })
})
