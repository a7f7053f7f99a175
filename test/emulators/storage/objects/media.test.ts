import {createHash} from 'node:crypto'
import {gzipSync} from 'node:zlib'
import {expect} from 'chai'
import {failure, useLocalCloud} from '../../local-cloud.ts'

describe('local Cloud Storage: reading', () => {
  const local = useLocalCloud()
  const media = (headers: Record<string, string> = {}, query = '') =>
    fetch(`${local.cloud.url}/b/my-bucket/o/a?alt=media${query}`, {headers})

  beforeEach(async () => {
    await local.bucket.file('a').save('0123456789', {metadata: {contentType: 'text/csv', cacheControl: 'no-cache'}})
  })

  it('gives the bytes, which the client validates by their checksum', async () => {
    const chunks: Buffer[] = []
    for await (const chunk of local.bucket.file('a').createReadStream({validation: 'crc32c'})) chunks.push(chunk)
    expect(Buffer.concat(chunks).toString()).to.equal('0123456789')
  })

  it('reports generation, hashes, stored size and encoding in headers', async () => {
    const [{generation, etag}] = await local.bucket.file('a').getMetadata()
    const headers = Object.fromEntries((await media()).headers)
    expect(headers).to.include({
      'content-length': '10',
      'content-type': 'text/csv',
      'cache-control': 'no-cache',
      'accept-ranges': 'bytes',
      etag,
      'x-goog-generation': generation,
      'x-goog-metageneration': '1',
      'x-goog-hash': `crc32c=KAwGng==,md5=${createHash('md5').update('0123456789').digest('base64')}`,
      'x-goog-stored-content-encoding': 'identity',
      'x-goog-stored-content-length': '10',
      'x-goog-storage-class': 'STANDARD',
    })
  })

  it('has the default type for an object without one', async () => {
    await local.bucket.file('a').save('x', {resumable: false, metadata: {contentType: ''}})
    expect((await media()).headers.get('content-type')).to.equal('application/octet-stream')
  })

  const ranges: [string, string, string][] = [
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-99', '0123456789', 'bytes 0-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
  ]
  for (const [range, body, contentRange] of ranges)
    it(`answers ${range} with 206`, async () => {
      const response = await media({range})
      expect(response.status).to.equal(206)
      expect(response.headers.get('content-range')).to.equal(contentRange)
      expect(await response.text()).to.equal(body)
    })

  for (const range of ['bytes=10-', 'bytes=-0'])
    it(`answers ${range} with 416 and the size`, async () => {
      const response = await media({range})
      expect(response.status).to.equal(416)
      expect(response.headers.get('content-range')).to.equal('bytes */10')
    })

  for (const range of ['bytes=4-2', 'lines=1-2', 'bytes=0-1,3-4'])
    it(`answers ${range} with the whole`, async () => {
      const response = await media({range})
      expect(response.status).to.equal(200)
      expect(await response.text()).to.equal('0123456789')
    })

  it("gives the official client's ranges, both ends included", async () => {
    const file = local.bucket.file('a')
    expect((await file.download({start: 2, end: 4}))[0].toString()).to.equal('234')
    expect((await file.download({start: 7}))[0].toString()).to.equal('789')
  })

  it('gives an empty object', async () => {
    await local.bucket.file('empty').save('')
    expect((await local.bucket.file('empty').download())[0]).to.have.length(0)
  })

  it('gives a pinned generation', async () => {
    const [{generation}] = await local.bucket.file('a').getMetadata()
    expect(await (await media({}, `&generation=${generation}`)).text()).to.equal('0123456789')
  })

  it('answers 404 for a generation that was overwritten', async () => {
    const [{generation}] = await local.bucket.file('a').getMetadata()
    await local.bucket.file('a').save('new')
    const pinned = local.bucket.file('a', {generation: generation as string})
    expect((await failure(pinned.download())).code).to.equal(404)
    expect((await failure(pinned.getMetadata())).code).to.equal(404)
  })

  it('answers 404 as text for a missing object, as the service does for media', async () => {
    const response = await fetch(`${local.cloud.url}/b/my-bucket/o/missing?alt=media`)
    expect(response.status).to.equal(404)
    expect(response.headers.get('content-type')).to.include('text/html')
    expect(await response.text()).to.equal('No such object: my-bucket/missing')
  })

  it('continues with the version it began with when the object is overwritten meanwhile', async () => {
    const old = Buffer.alloc(8 * 2 ** 20, 'old')
    await local.bucket.file('a').save(old, {resumable: false})
    const reader = (await media()).body!.getReader()
    const chunks = [(await reader.read()).value!]
    await local.bucket.file('a').save('new')
    for (;;) {
      const {done, value} = await reader.read()
      if (done) break
      chunks.push(value)
    }
    expect(Buffer.concat(chunks).equals(old)).to.equal(true)
  })

  it('answers HEAD without a body', async () => {
    const response = await fetch(`${local.cloud.url}/b/my-bucket/o/a?alt=media`, {method: 'HEAD'})
    expect(response.headers.get('content-length')).to.equal('10')
    expect(await response.text()).to.equal('')
  })

  describe('of gzip objects', () => {
    const zipped = gzipSync('hello hello hello')
    beforeEach(() => local.bucket.file('a').save(zipped, {metadata: {contentEncoding: 'gzip'}}))

    it('gives the stored bytes to a client that accepts gzip', async () => {
      const [raw] = await local.bucket.file('a').download({decompress: false})
      expect(raw.equals(zipped)).to.equal(true)
    })

    it('is unzipped and validated by the official client', async () => {
      expect((await local.bucket.file('a').download())[0].toString()).to.equal('hello hello hello')
    })

    it('gives the unzipped bytes, without an encoding, to one that does not, and ignores its range', async () => {
      const response = await media({'accept-encoding': 'identity', range: 'bytes=1-2'})
      expect(response.status).to.equal(200)
      expect(response.headers.get('content-encoding')).to.equal(null)
      expect(response.headers.get('x-goog-stored-content-encoding')).to.equal('gzip')
      expect(response.headers.get('x-goog-stored-content-length')).to.equal(String(zipped.length))
      expect(await response.text()).to.equal('hello hello hello')
    })

    it('gives the unzipped bytes to one that refuses gzip', async () => {
      const response = await media({'accept-encoding': 'gzip;q=0, identity'})
      expect(response.headers.get('content-encoding')).to.equal(null)
      expect(await response.text()).to.equal('hello hello hello')
    })

    it('gives ranges of the stored bytes to a client that accepts gzip', async () => {
      const [part] = await local.bucket.file('a').download({decompress: false, start: 4, end: 7})
      expect(part.equals(zipped.subarray(4, 8))).to.equal(true)
    })

    it('gives the stored bytes to every client when the object says no-transform', async () => {
      await local.bucket.file('a').setMetadata({cacheControl: 'no-transform'})
      const response = await media({'accept-encoding': 'identity'})
      expect(response.headers.get('content-encoding')).to.equal('gzip')
      expect(response.headers.get('content-length')).to.equal(String(zipped.length))
      await response.arrayBuffer()
    })

    it('breaks the connection when what is marked as gzip is none', async () => {
      await local.bucket.file('a').save('no gzip', {metadata: {contentEncoding: 'gzip'}})
      const answer = media({'accept-encoding': 'identity'}).then(response => response.text())
      expect(await failure(answer)).to.be.instanceOf(Error)
    })
  })
})
