import {expect} from 'chai'
import {type LogEntry, RequestLog} from '../../../lib/emulators/faults/request-log.ts'
import {useLocalCloud} from '../local-cloud.ts'

describe('request log', () => {
  const local = useLocalCloud()

  it('has call, method, path, query, range, status and bytes of a request', async () => {
    await local.bucket.file('dir/a b').save('hello', {resumable: false})
    local.cloud.log.clear()
    await local.bucket.file('dir/a b').download({start: 1, end: 3})
    expect(local.cloud.log.entries).to.have.length(1)
    expect(local.cloud.log.entries[0]).to.deep.include({
      service: 'storage',
      call: 'objects.media',
      method: 'GET',
      path: '/b/my-bucket/o/dir%2Fa%20b',
      query: {alt: 'media'},
      range: 'bytes=1-3',
      status: 206,
      requestBytes: 0,
      replyBytes: 3,
      faults: [],
      notes: {},
    })
  })

  it('counts the bytes of an upload', async () => {
    await fetch(`${local.cloud.url}/upload/storage/v1/b/my-bucket/o?uploadType=media&name=a`, {
      method: 'POST',
      body: 'hello',
    })
    expect(local.cloud.log.entries[0]?.requestBytes).to.equal(5)
  })

  it('names the calls of a resumable upload', async () => {
    await local.bucket.file('a').save('hello')
    expect(local.cloud.log.entries.map(entry => entry.call)).to.deep.equal(['uploads.start', 'uploads.put'])
  })

  it('gives entries by call, service, method and path', async () => {
    await local.bucket.file('a').save('hello', {resumable: false})
    await local.bucket.file('a').download()
    await local.bucket.getMetadata()
    const {log} = local.cloud
    expect(log.of({call: 'objects.insert'})).to.have.length(1)
    expect(log.of({service: 'storage', method: 'GET'})).to.have.length(2)
    expect(log.of({path: /\/o\/a$/})).to.have.length(1)
    expect(log.of({path: '/b/my-bucket', method: 'GET', call: 'buckets.get'})).to.have.length(1)
    expect(log.of({service: 'bigquery'})).to.have.length(0)
  })

  it('is empty after clear()', async () => {
    await local.bucket.getMetadata()
    local.cloud.log.clear()
    expect(local.cloud.log.entries).to.deep.equal([])
  })

  it('keeps the newest entries only, so that it does not grow forever', () => {
    const log = new RequestLog()
    for (let time = 0; time <= 20_000; time++) log.push({time} as LogEntry)
    expect(log.entries).to.have.length(10_001)
    expect(log.entries.at(-1)?.time).to.equal(20_000)
  })
})
