import {readdirSync} from 'node:fs'
import {rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pipeline} from 'node:stream/promises'
import {gunzipSync} from 'node:zlib'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import {silentLogger, useClock} from '../../../lib/core/index.ts'
import {openGcsUploads} from '../../../lib/files/gcs/gcs-upload-client.ts'
import {DEFAULT_READ_POLICY} from '../../../lib/files/gcs/read-policy.ts'
import {resumableUpload} from '../../../lib/files/gcs/resumable-upload.ts'
import {type JsonWriteOptions, writeToJson} from '../../../lib/io/json/index.ts'
import {create} from '../../../lib/transforms/index.ts'
import {Crc32c} from '../../../lib/util/index.ts'
import {failureOf, STALL, until, useCloud} from '../fixtures.ts'

describe('files written to Cloud Storage', () => {
  const fixture = useCloud()
  const KiB = 1024

  /** Text of more than three chunks of 256 KiB. */
  const rows = Array.from({length: 2000}, (_, id) => ({id, text: 'x'.repeat(400)}))
  const expected = rows.map(row => `${JSON.stringify(row)}\n`).join('')
  const sinkTo = (options: JsonWriteOptions = {}) => {
    const client = new Storage(fixture.cloud.clientOptions.storage)
    const sink = writeToJson('gs://my-bucket/out/rows', {
      client,
      chunkSize: 256 * KiB,
      requestTimeout: STALL,
      logger: silentLogger,
      ...options,
    })
    useClock(sink.info, fixture.clock)
    return sink
  }
  const write = async (options?: JsonWriteOptions, values: unknown[] = rows) => {
    const sink = sinkTo(options)
    await pipeline(create(values), sink)
    return sink
  }
  const names = async () => (await fixture.bucket.getFiles())[0].map(file => file.name).sort()
  const content = async (name = 'out/rows-00000-of-00001') => (await fixture.bucket.file(name).download())[0]
  const calls = (call: string) => fixture.cloud.log.entries.filter(entry => entry.call === call).length
  const temporary = () =>
    readdirSync(tmpdir()).filter(name => name.startsWith('sluice-') && name.includes(`-${process.pid}-`))

  it('uploads in chunks, and reports the names', async () => {
    const sink = await write()
    expect(String(await content())).to.equal(expected)
    expect(sink.written).to.deep.equal(['gs://my-bucket/out/rows-00000-of-00001'])
    expect(sink.info.metrics.extra).to.deep.equal({files: 1, bytes: expected.length, records: 2000, retries: 0})
    expect(calls('uploads.put')).to.equal(Math.ceil(expected.length / (256 * KiB)))
  })
  it('uploads shards, and removes its temporary files', async () => {
    const before = temporary()
    await write({numShards: 6})
    expect(await names()).to.have.length(6)
    expect(temporary()).to.deep.equal(before)
  })
  it('makes an empty object of an empty input', async () => {
    await write({}, [])
    expect((await content()).length).to.equal(0)
  })
  it('stores gzip as it is, under a content type that nobody unzips on the way', async () => {
    await write({suffix: '.gz'})
    const file = fixture.bucket.file('out/rows-00000-of-00001.gz')
    expect(String(gunzipSync((await file.download())[0]))).to.equal(expected)
    const [{contentType, contentEncoding}] = await file.getMetadata()
    expect({contentType, contentEncoding}).to.deep.equal({contentType: 'application/gzip', contentEncoding: undefined})
  })
  it('shows no object before the end', async () => {
    const sink = sinkTo()
    sink.write({id: 1})
    await until(() => sink.info.metrics.in === 1)
    expect(await names()).to.deep.equal([])
    sink.destroy()
  })

  const faults: [string, Parameters<typeof fixture.cloud.faults.add>[0]][] = [
    ['the reply of the start is lost', {match: {call: 'uploads.start'}, nth: 1, do: {kind: 'commitThenFail'}}],
    ['a reset of the start', {match: {call: 'uploads.start'}, nth: 1, do: {kind: 'reset'}}],
    ['the reply of the first chunk is lost', {match: {call: 'uploads.put'}, nth: 1, do: {kind: 'commitThenFail'}}],
    [
      'the reply of the first chunk is lost in a reset',
      {match: {call: 'uploads.put'}, nth: 1, do: {kind: 'commitThenFail', with: 'reset'}},
    ],
    ['the reply of the last chunk is lost', {match: {call: 'uploads.put'}, nth: 4, do: {kind: 'commitThenFail'}}],
    [
      'the reply of the last chunk is lost in a reset',
      {match: {call: 'uploads.put'}, nth: 4, do: {kind: 'commitThenFail', with: 'reset'}},
    ],
    ['less is kept than was sent', {match: {call: 'uploads.put'}, nth: 2, do: {kind: 'shortPersist', bytes: 1000}}],
    ['nothing is kept of what was sent', {match: {call: 'uploads.put'}, nth: 1, do: {kind: 'shortPersist', bytes: 0}}],
    ['the end is not kept', {match: {call: 'uploads.put'}, nth: 4, do: {kind: 'shortPersist', bytes: 5}}],
    ['the session is gone in the middle', {match: {call: 'uploads.put'}, nth: 3, do: {kind: 'goneSession'}}],
    ['the session is gone at the end', {match: {call: 'uploads.put'}, nth: 4, do: {kind: 'goneSession'}}],
    ['a reset in the middle', {match: {call: 'uploads.put'}, nth: 2, do: {kind: 'reset'}}],
    ['503 again and again', {match: {call: 'uploads.put'}, nth: [1, 2, 3], do: {kind: 'status', status: 503}}],
    ['a listing that fails at first', {match: {call: 'objects.list'}, nth: 1, do: {kind: 'status', status: 503}}],
  ]
  for (const [what, rule] of faults)
    it(`survives: ${what}`, async () => {
      fixture.cloud.faults.add(rule)
      await write()
      // without the fault: two listings, the start, and four chunks
      expect(fixture.cloud.log.entries.length).to.be.greaterThan(7)
      expect(String(await content())).to.equal(expected)
      expect(await names()).to.have.length(1)
    })

  it('finds its own object when the reply of the last chunk is lost and the session gone', async () => {
    fixture.cloud.faults.add({match: {call: 'uploads.put'}, nth: 4, do: {kind: 'commitThenFail'}})
    const gone = {kind: 'status', status: 410, reason: 'gone'} as const
    fixture.cloud.faults.add({match: {call: 'uploads.status'}, nth: 1, do: gone})
    await write()
    expect(String(await content())).to.equal(expected)
    expect(calls('uploads.start')).to.equal(1)
  })
  it('takes up what the service has when a request is never answered', async () => {
    fixture.cloud.faults.add({match: {call: 'uploads.put'}, nth: 2, do: {kind: 'hang'}})
    const done = write()
    await until(() => calls('uploads.put') === 1 && fixture.clock.stalls === 1)
    await new Promise(resolve => setImmediate(resolve))
    const stalling = setInterval(() => fixture.clock.stall(), 20)
    await done.finally(() => clearInterval(stalling))
    expect(String(await content())).to.equal(expected)
  })
  it('gives up in the end, naming the object, and leaves nothing', async () => {
    fixture.cloud.faults.add({match: {call: 'uploads.put'}, do: {kind: 'status', status: 503}})
    const error = await failureOf(write({retryFor: '1m'}))
    expect(error).to.include({code: 'ERR_SLUICE_WRITE', stage: 'writeToJson'})
    expect(error.message).to.include('gs://my-bucket/out/rows-00000-of-00001')
    expect(await names()).to.deep.equal([])
  })
  it('takes back the shards that were final when another fails for good', async () => {
    // the first PUT of one shard, when others are complete
    fixture.cloud.faults.add({match: {call: 'uploads.put'}, nth: 5, do: {kind: 'status', status: 400}})
    const error = await failureOf(write({numShards: 5}, rows.slice(0, 10)))
    expect(error.code).to.equal('ERR_SLUICE_WRITE')
    expect(await names()).to.deep.equal([])
  })
  it('has the service compare the checksum before the object is there', async () => {
    const local = join(tmpdir(), `sluice-upload-${process.pid}`)
    await writeFile(local, 'abc')
    const path = {bucket: 'my-bucket', name: 'damaged'}
    const start = {
      size: 3,
      crc32c: new Crc32c().update(Buffer.from('abd')).base64(),
      contentType: 'x/y',
      generation: '0',
    }
    const tools = {
      client: await openGcsUploads(new Storage(fixture.cloud.clientOptions.storage)),
      lookUp: async () => undefined,
      policy: {...DEFAULT_READ_POLICY, clock: fixture.clock},
      contact: {made: false},
      chunkSize: 256 * KiB,
      signal: new AbortController().signal,
    }
    const error = await failureOf(resumableUpload(local, path, start, tools)).finally(() => rm(local))
    expect(error.code).to.equal('ERR_SLUICE_WRITE')
    expect(await names()).to.deep.equal([])
  })
  it('refuses objects of an earlier run, of whatever count, and lists them', async () => {
    await write({numShards: 2})
    const error = await failureOf(write())
    expect(error).to.include({code: 'ERR_SLUICE_EXISTS', stage: 'writeToJson'})
    expect(error.message).to.include('gs://my-bucket/out/rows-00001-of-00002')
  })
  it('does not replace an object that somebody made meanwhile', async () => {
    const sink = sinkTo()
    // between the last listing and the upload
    fixture.cloud.faults.add({match: {call: 'uploads.start'}, nth: 1, do: {kind: 'status', status: 503}})
    const done = failureOf(pipeline(create(rows), sink))
    await until(() => calls('uploads.start') === 1)
    await fixture.bucket.file('out/rows-00000-of-00001').save('theirs', {resumable: false})
    expect((await done).code).to.equal('ERR_SLUICE_EXISTS')
    expect(String(await content())).to.equal('theirs')
  })
  it('replaces them with `overwrite`, and removes those of another count when the new ones are final', async () => {
    await write({numShards: 3})
    await write({overwrite: true}, [{a: 1}])
    expect(await names()).to.deep.equal(['out/rows-00000-of-00001'])
    await write({overwrite: true}, [{a: 2}])
    expect(String(await content())).to.equal('{"a":2}\n')
  })
  it('keeps the old objects when a run with `overwrite` fails', async () => {
    await write({numShards: 2}, [{a: 1}])
    fixture.cloud.faults.add({match: {call: 'uploads.put'}, do: {kind: 'status', status: 400}})
    await failureOf(write({overwrite: true}))
    expect(await names()).to.deep.equal(['out/rows-00000-of-00002', 'out/rows-00001-of-00002'])
  })
  it('ends an upload at once when the sink is destroyed, and leaves nothing', async () => {
    const before = temporary()
    fixture.cloud.faults.add({match: {call: 'uploads.put'}, nth: 2, do: {kind: 'hang'}})
    const sink = sinkTo()
    const abort = new AbortController()
    const done = pipeline(create(rows), sink, {signal: abort.signal}).catch(error => error)
    await until(() => calls('uploads.put') === 1 && fixture.clock.stalls === 1)
    abort.abort()
    expect(await done).to.have.property('name', 'AbortError')
    expect(await names()).to.deep.equal([])
    expect(temporary()).to.deep.equal(before)
  })
  it('names the bucket that is missing', async () => {
    const client = new Storage(fixture.cloud.clientOptions.storage)
    const error = await failureOf(pipeline(create(rows), writeToJson('gs://no-bucket/x', {client})))
    expect(error).to.include({code: 'ERR_SLUICE_NOT_FOUND', stage: 'writeToJson'})
    expect(error.message).to.include('gs://no-bucket')
  })
})
