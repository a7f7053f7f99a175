import {readdirSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {pipeline} from 'node:stream/promises'
import {gunzipSync} from 'node:zlib'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import {silentLogger, useClock} from '../../../lib/core/index.ts'
import {type JsonWriteOptions, writeToJson} from '../../../lib/io/json/index.ts'
import {create} from '../../../lib/transforms/index.ts'
import {failureOf, STALL, useCloud} from '../fixtures.ts'

interface Row {
  id: number
  to: string
}

describe('files of many destinations, on Cloud Storage', () => {
  const fixture = useCloud()
  const rows = (...to: string[]) => to.map((name, id) => ({id, to: name}))
  const write = async (values: Row[], options?: JsonWriteOptions<Row>, folder = 'gs://my-bucket/out') => {
    const client = new Storage(fixture.cloud.clientOptions.storage)
    const sink = writeToJson<Row>(folder, {
      destination: row => row.to,
      client,
      requestTimeout: STALL,
      logger: silentLogger,
      ...options,
    })
    useClock(sink.info, fixture.clock)
    await pipeline(create(values), sink)
    return sink
  }
  const names = async () => (await fixture.bucket.getFiles())[0].map(file => file.name).sort()
  const content = async (name: string) => (await fixture.bucket.file(name).download())[0]
  const calls = (call: string) => fixture.cloud.log.entries.filter(entry => entry.call === call).length
  const temporary = () =>
    readdirSync(tmpdir()).filter(name => name.startsWith('sluice-') && name.includes(`-${process.pid}-`))

  it('writes the objects of each, and reports all names', async () => {
    const sink = await write(rows('country=NL/a', 'b', 'country=NL/a'), {suffix: '.jsonl'})
    expect(await names()).to.deep.equal(['out/b-00000-of-00001.jsonl', 'out/country=NL/a-00000-of-00001.jsonl'])
    expect(String(await content('out/country=NL/a-00000-of-00001.jsonl'))).to.equal(
      '{"id":0,"to":"country=NL/a"}\n{"id":2,"to":"country=NL/a"}\n',
    )
    expect([...sink.written].sort()).to.deep.equal((await names()).map(name => `gs://my-bucket/${name}`))
  })
  it('takes a bucket alone for the folder', async () => {
    await write(rows('a'), {}, 'gs://my-bucket')
    expect(await names()).to.deep.equal(['a-00000-of-00001'])
  })
  it('compresses each, and gives it its content type', async () => {
    await write(rows('a.gz', 'b'), {shardNameTemplate: ''})
    expect(String(gunzipSync(await content('out/a.gz')))).to.equal('{"id":0,"to":"a.gz"}\n')
    const types = await Promise.all(
      ['out/a.gz', 'out/b'].map(async name => (await fixture.bucket.file(name).getMetadata())[0].contentType),
    )
    expect(types).to.deep.equal(['application/gzip', 'application/x-ndjson'])
  })
  it('writes a hundred destinations, and removes its temporary files', async () => {
    const before = temporary()
    const to = Array.from({length: 300}, (_, n) => `d${n % 100}`)
    await write(rows(...to))
    expect(await names()).to.have.length(100)
    expect(temporary()).to.deep.equal(before)
  })
  it('lists the objects of an earlier run, and has uploaded nothing', async () => {
    await write(rows('a', 'b'), {numShards: 2})
    fixture.cloud.log.clear()
    const error = await failureOf(write(rows('c', 'b')))
    expect(error).to.include({code: 'ERR_SLUICE_EXISTS', stage: 'writeToJson'})
    expect(error.message).to.include('out/b-00000-of-00002').and.include('out/b-00001-of-00002')
    expect(calls('uploads.start')).to.equal(0)
  })
  it('replaces them with `overwrite`, and leaves destinations that did not come up', async () => {
    await write(rows('a', 'b'), {numShards: 2})
    await write(rows('a'), {overwrite: true})
    expect(await names()).to.deep.equal(['out/a-00000-of-00001', 'out/b-00000-of-00002', 'out/b-00001-of-00002'])
  })
  it('leaves no object of any destination when one fails for good', async () => {
    fixture.cloud.faults.add({match: {call: 'uploads.put'}, nth: 7, do: {kind: 'status', status: 400}})
    const error = await failureOf(write(rows(...Array.from({length: 40}, (_, n) => `d${n}`))))
    expect(error.code).to.equal('ERR_SLUICE_WRITE')
    expect(await names()).to.deep.equal([])
  })
  it('refuses names that are too long for objects, before it uploads', async () => {
    const error = await failureOf(write(rows(`${'x/'.repeat(520)}x`)))
    expect(error.message).to.match(/1024 bytes/)
    expect(calls('uploads.start')).to.equal(0)
  })
})
