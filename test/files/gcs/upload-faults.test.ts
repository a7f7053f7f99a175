import {pipeline} from 'node:stream/promises'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import {silentLogger, useClock} from '../../../lib/core/index.ts'
import {type JsonWriteOptions, writeToJson} from '../../../lib/io/json/index.ts'
import {create} from '../../../lib/transforms/index.ts'
import {failureOf, STALL, until, useCloud} from '../fixtures.ts'

describe('a run that replaces objects, with a fault at each of its requests', () => {
  const fixture = useCloud()
  /** Text of three chunks of 256 KiB. */
  const rows = Array.from({length: 1500}, (_, id) => ({id, text: 'x'.repeat(400)}))
  const expected = rows.map(row => `${JSON.stringify(row)}\n`).join('')
  const sinkTo = (options: JsonWriteOptions<unknown> = {}) => {
    const client = new Storage(fixture.cloud.clientOptions.storage)
    const sink = writeToJson('gs://my-bucket/rows', {
      client,
      chunkSize: 256 * 1024,
      requestTimeout: STALL,
      logger: silentLogger,
      ...options,
    })
    useClock(sink.info, fixture.clock)
    return sink
  }
  const old = () => fixture.bucket.file('rows-00000-of-00002').save('{"id":"old"}\n', {resumable: false})
  const names = async () => (await fixture.bucket.getFiles())[0].map(file => file.name)
  const content = async () => String((await fixture.bucket.file('rows-00000-of-00001').download())[0])
  const calls = () => fixture.cloud.log.entries.map(entry => entry.call)

  const steps = [
    ...['objects.list', 'objects.list', 'uploads.start', 'uploads.put', 'uploads.put', 'uploads.put', 'objects.delete'],
  ]
  it('makes these requests without a fault', async () => {
    await old()
    fixture.cloud.log.clear()
    await pipeline(create(rows), sinkTo({overwrite: true}))
    expect(calls()).to.deep.equal(steps)
  })

  const faults = [
    ['503', {kind: 'status', status: 503}],
    ['429', {kind: 'status', status: 429}],
    ['a reset', {kind: 'reset'}],
    ['a lost reply', {kind: 'commitThenFail'}],
    ['a lost reply, by a reset', {kind: 'commitThenFail', with: 'reset'}],
  ] as const
  for (const [at, call] of steps.entries())
    for (const [what, fault] of faults)
      it(`survives ${what} at request ${at + 1}, ${call}`, async () => {
        await old()
        const nth = steps.slice(0, at + 1).filter(each => each === call).length
        fixture.cloud.faults.add({match: {call}, nth, do: fault})
        const sink = sinkTo({overwrite: true})
        await pipeline(create(rows), sink)
        expect(sink.info.metrics.extra['retries']).to.equal(1)
        expect(await names()).to.deep.equal(['rows-00000-of-00001'])
        expect(await content()).to.equal(expected)
      })
  for (const [what, fault] of faults)
    it(`survives ${what} at the question how far the upload is`, async () => {
      fixture.cloud.faults.add({match: {call: 'uploads.put'}, nth: 2, do: {kind: 'commitThenFail'}})
      fixture.cloud.faults.add({match: {call: 'uploads.status'}, nth: 1, do: fault})
      await pipeline(create(rows), sinkTo())
      expect(calls().filter(call => call === 'uploads.status').length).to.be.greaterThan(0)
      expect(await content()).to.equal(expected)
    })
  it('cancels the upload that it gives up', async () => {
    fixture.cloud.faults.add({match: {call: 'uploads.put'}, nth: 2, do: {kind: 'status', status: 400}})
    await failureOf(pipeline(create(rows), sinkTo()))
    expect(calls().at(-1)).to.equal('uploads.cancel')
    expect(await names()).to.deep.equal([])
  })
  it('cancels the uploads of other shards too', async () => {
    fixture.cloud.faults.add({match: {call: 'uploads.put'}, nth: 3, do: {kind: 'status', status: 400}})
    await failureOf(pipeline(create(rows), sinkTo({numShards: 3})))
    const started = calls().filter(call => call === 'uploads.start').length
    const made = calls().filter(call => call === 'objects.delete').length
    expect(calls().filter(call => call === 'uploads.cancel').length).to.equal(started - made)
    expect(await names()).to.deep.equal([])
  })
  it('cancels the upload when the sink is destroyed, and tries again when that fails', async () => {
    fixture.cloud.faults.add({match: {call: 'uploads.put'}, nth: 2, do: {kind: 'hang'}})
    fixture.cloud.faults.add({match: {call: 'uploads.cancel'}, nth: 1, do: {kind: 'status', status: 503}})
    const sink = sinkTo()
    const done = pipeline(create(rows), sink).catch(error => error)
    await until(() => calls().filter(call => call === 'uploads.put').length === 1 && fixture.clock.stalls === 1)
    sink.destroy(new Error('enough'))
    expect(await done).to.have.property('message', 'enough')
    await until(() => calls().filter(call => call === 'uploads.cancel').length === 2)
    expect(await names()).to.deep.equal([])
  })
  it('removes an object that became final although its reply was lost and the run had to give up', async () => {
    fixture.cloud.faults.add({match: {call: 'uploads.put'}, nth: 3, do: {kind: 'commitThenFail'}})
    fixture.cloud.faults.add({match: {call: 'uploads.status'}, do: {kind: 'status', status: 400}})
    const error = await failureOf(pipeline(create(rows), sinkTo()))
    expect(error.code).to.equal('ERR_SLUICE_WRITE')
    expect(await names()).to.deep.equal([])
  })
})
