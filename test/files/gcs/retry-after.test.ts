import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import {silentLogger, useClock} from '../../../lib/core/index.ts'
import {GcsFiles} from '../../../lib/files/gcs/gcs-files.ts'
import {writeToJson} from '../../../lib/io/json/index.ts'
import {create} from '../../../lib/transforms/index.ts'
import {contentOf, failureOf, STALL, useCloud} from '../fixtures.ts'

describe('Retry-After of Cloud Storage', () => {
  const fixture = useCloud()
  const runs: Record<string, () => Promise<unknown>> = {
    'objects.get': () => fixture.files.match('gs://my-bucket/a'),
    'objects.list': () => fixture.files.match('gs://my-bucket/a*'),
    'objects.media': async () => contentOf(fixture.files, (await fixture.files.match('gs://my-bucket/a'))[0]!),
    'uploads.start': () => write(),
    'uploads.put': () => write(),
  }
  const write = async () => {
    const client = fixture.bucket.storage
    const sink = writeToJson('gs://my-bucket/rows', {client, requestTimeout: STALL, logger: silentLogger})
    useClock(sink.info, fixture.clock)
    await pipeline(create([{id: 1}]), sink)
  }
  const fault = (call: string, status: number, header: string, times: number) =>
    fixture.cloud.faults.add({match: {call}, times, do: {kind: 'status', status, headers: {'Retry-After': header}}})
  beforeEach(() => fixture.bucket.file('a').save('content', {resumable: false}))

  for (const [call, run] of Object.entries(runs))
    for (const status of [429, 503]) {
      it(`${call}, ${status}: seconds are waited`, async () => {
        fault(call, status, '77', 1)
        await run()
        expect(fixture.clock.waits).to.deep.equal([77_000])
      })

      it(`${call}, ${status}: a pause that is not a pause is ours`, async () => {
        for (const header of ['-5', 'soon', '1e9']) {
          fault(call, status, header, 1)
          await run()
          if (call.startsWith('uploads')) await fixture.bucket.deleteFiles({prefix: 'rows'})
        }
        for (const wait of fixture.clock.waits) expect(wait).to.be.within(500, 2000)
      })

      for (const header of ['86400', '9'.repeat(30), new Date(Date.now() + 86_400_000).toUTCString()])
        it(`${call}, ${status}: one longer than there is time for is an error that says so (${header})`, async () => {
          fault(call, status, header, 100)
          const error = await failureOf(run())
          expect(error.code).to.be.oneOf(['ERR_SLUICE_READ', 'ERR_SLUICE_WRITE'])
          expect(error.message).to.match(/Cloud Storage asks to wait .+ \(Retry-After\).*`retryFor` leaves 15 m/)
          expect(error.message).to.not.include('no progress')
        })
    }

  it('is kept as an HTTP date', async () => {
    fault('objects.get', 503, new Date(Date.now() + 100_000).toUTCString(), 1)
    await runs['objects.get']!()
    expect(fixture.clock.waits[0]).to.be.within(95_000, 101_000)
  })

  it('is kept when there is time for it', async () => {
    fault('objects.get', 503, '86400', 1)
    const {storage: client} = fixture.bucket
    const files = new GcsFiles(client, {clock: fixture.clock, stallTimeout: STALL, retryFor: 2 * 86_400_000})
    expect(await files.match('gs://my-bucket/a')).to.have.length(1)
    expect(fixture.clock.waits).to.deep.equal([86_400_000])
  })
})
