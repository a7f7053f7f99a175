import {randomBytes} from 'node:crypto'
import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {type Bucket, Storage, type StorageOptions, TransferManager} from '@google-cloud/storage'
import {expect} from 'chai'
import {useLocalCloud} from '../../local-cloud.ts'

const MiB = 2 ** 20

/** Sends what goes to `https://BUCKET.localhost/OBJECT` to `URL/BUCKET/OBJECT`; as in docs/local-cloud.md. */
function localXml(base: string) {
  return {
    async request({
      url,
      method,
      headers,
      body,
    }: {
      url: string
      method: string
      headers?: object
      body?: Buffer | string
    }) {
      const {hostname, pathname, search} = new URL(url)
      const bucket = hostname.replace('.localhost', '')
      const init = {method, headers: {...headers}, ...(body !== undefined && {body})}
      const response = await fetch(`${base}/${bucket}${pathname}${search}`, init as RequestInit)
      const data = await response.text()
      if (!response.ok) throw Object.assign(new Error(data), {code: response.status})
      return {data, headers: Object.fromEntries(response.headers)}
    },
  }
}

describe('local Cloud Storage: multipart uploads of the XML API', () => {
  const local = useLocalCloud()
  let dir: string
  let bucket: Bucket
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  })
  after(() => rm(dir, {recursive: true}))
  beforeEach(() => {
    const {url} = local.cloud
    const apiEndpoint = url.replace('127.0.0.1', 'localhost')
    const authClient = localXml(url) as unknown as NonNullable<StorageOptions['authClient']>
    const storage = new Storage({projectId: 'p', apiEndpoint, authClient})
    bucket = storage.bucket('my-bucket')
  })

  for (const size of [1, 5 * MiB, 5 * MiB + 1, 17 * MiB])
    it(`of the official client's uploadFileInChunks store ${size} bytes`, async () => {
      const content = randomBytes(size)
      const path = join(dir, 'file.bin')
      await writeFile(path, content)
      const headers = {'Content-Type': 'text/csv', 'x-goog-meta-color': 'red'}
      const options = {chunkSizeBytes: 5 * MiB, uploadName: 'a/file.bin', headers}
      await new TransferManager(bucket).uploadFileInChunks(path, options)
      const file = local.bucket.file('a/file.bin')
      expect((await file.download())[0].equals(content)).to.equal(true)
      expect((await file.getMetadata())[0]).to.deep.include({contentType: 'text/csv', metadata: {color: 'red'}})
    })

  const call = async (method: string, query: string, body?: string, headers = {}) => {
    const response = await fetch(`${local.cloud.url}/my-bucket/a?${query}`, {method, headers, ...(body && {body})})
    return {status: response.status, text: await response.text(), etag: response.headers.get('etag') ?? ''}
  }
  const start = async () => /<UploadId>(.*)<\/UploadId>/.exec((await call('POST', 'uploads')).text)![1]!
  const list = (...parts: [number, string][]) =>
    `<CompleteMultipartUpload>${parts.map(([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`).join('')}</CompleteMultipartUpload>`

  it('need 5 MiB of every part but the last', async () => {
    const id = await start()
    const one = await call('PUT', `partNumber=1&uploadId=${id}`, 'one')
    const two = await call('PUT', `partNumber=2&uploadId=${id}`, 'two')
    const done = await call('POST', `uploadId=${id}`, list([1, one.etag], [2, two.etag]))
    expect(done).to.include({status: 400})
    expect(done.text).to.include('<Code>EntityTooSmall</Code>')
  })

  it('take the last bytes sent for a part, and only the parts that are named', async () => {
    const id = await start()
    await call('PUT', `partNumber=1&uploadId=${id}`, 'one')
    const {etag} = await call('PUT', `partNumber=1&uploadId=${id}`, 'other')
    await call('PUT', `partNumber=2&uploadId=${id}`, 'two')
    expect((await call('POST', `uploadId=${id}`, list([1, etag]))).status).to.equal(200)
    expect(String((await local.bucket.file('a').download())[0])).to.equal('other')
    expect((await call('POST', `uploadId=${id}`, list([1, etag]))).text).to.include('NoSuchUpload')
  })

  it('refuse what was not uploaded so', async () => {
    const id = await start()
    const {etag} = await call('PUT', `partNumber=3&uploadId=${id}`, 'three')
    for (const [body, code] of [
      [list([3, '"other"']), 'InvalidPart'],
      [list([1, etag]), 'InvalidPart'],
      [list([3, etag], [3, etag]), 'EntityTooSmall'],
      [list(), 'MalformedCompleteMultipartUpload'],
      ['nothing', 'MalformedCompleteMultipartUpload'],
    ] as const) {
      const {status, text} = await call('POST', `uploadId=${id}`, body)
      expect({status, text}).to.have.property('status', 400)
      expect(text).to.include(code)
    }
    const wrong = await call('PUT', `partNumber=1&uploadId=${id}`, 'x', {'x-goog-hash': 'crc32c=AAAAAA=='})
    expect(wrong.status).to.equal(400)
    expect((await call('PUT', `partNumber=0&uploadId=${id}`, 'x')).status).to.equal(400)
  })

  it('are gone after an abort', async () => {
    const id = await start()
    expect((await call('DELETE', `uploadId=${id}`)).status).to.equal(204)
    expect((await call('PUT', `partNumber=1&uploadId=${id}`, 'x')).status).to.equal(404)
    expect((await call('DELETE', `uploadId=${id}`)).status).to.equal(404)
  })
})
