import {createHash, randomBytes} from 'node:crypto'
import {once} from 'node:events'
import {existsSync, readdirSync} from 'node:fs'
import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {request} from 'node:http'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import fc from 'fast-check'
import {receiveMultipart} from '../../../../lib/emulators/storage/uploads/multipart.ts'
import {failure, useLocalCloud} from '../../local-cloud.ts'

const STEP = 256 * 1024

describe('local Cloud Storage: uploads', () => {
  const local = useLocalCloud()
  const content = async (name: string) => (await local.bucket.file(name).download())[0]
  const uploadUrl = (query: string) => `${local.cloud.url}/upload/storage/v1/b/my-bucket/o?${query}`
  const big = randomBytes(3 * STEP + 1000)

  describe('of the official client', () => {
    const ways: [string, object][] = [
      ['resumable, one PUT', {}],
      ['resumable, in chunks', {chunkSize: STEP}],
      ['multipart', {resumable: false}],
    ]
    for (const [what, options] of ways) {
      it(`store the bytes: ${what}`, async () => {
        await local.bucket.file('a').save(big, {...options})
        expect((await content('a')).equals(big)).to.equal(true)
      })

      it(`store an empty object: ${what}`, async () => {
        await local.bucket.file('a').save('', {...options})
        expect(await content('a')).to.have.length(0)
      })

      it(`store type and metadata: ${what}`, async () => {
        const metadata = {contentType: 'text/csv', cacheControl: 'no-store', metadata: {color: 'red'}}
        await local.bucket.file('a').save('x', {...options, metadata})
        expect((await local.bucket.file('a').getMetadata())[0]).to.deep.include(metadata)
      })

      it(`gzip on the way: ${what}`, async () => {
        await local.bucket.file('a').save('hello', {...options, gzip: true})
        expect((await local.bucket.file('a').getMetadata())[0].contentEncoding).to.equal('gzip')
        expect((await content('a')).toString()).to.equal('hello')
      })

      it(`take a stream: ${what}`, async () => {
        const parts = [big.subarray(0, 10), big.subarray(10, STEP + 5), big.subarray(STEP + 5)]
        await pipeline(parts, local.bucket.file('a').createWriteStream({...options}))
        expect((await content('a')).equals(big)).to.equal(true)
      })
    }

    it('whose size is a multiple of the chunk size end with the last full chunk', async () => {
      await local.bucket.file('a').save(big.subarray(0, 2 * STEP), {chunkSize: STEP})
      expect((await content('a')).equals(big.subarray(0, 2 * STEP))).to.equal(true)
    })

    it('overwrite with a higher generation', async () => {
      const generations: number[] = []
      for (const text of ['one', 'two', 'three']) {
        await local.bucket.file('a').save(text)
        generations.push(Number((await local.bucket.file('a').getMetadata())[0].generation))
      }
      expect(generations).to.deep.equal([...new Set(generations)].sort())
      expect((await content('a')).toString()).to.equal('three')
    })
  })

  it('of media alone take the type from the header', async () => {
    const response = await fetch(uploadUrl('uploadType=media&name=a%2Fb'), {
      method: 'POST',
      headers: {'content-type': 'text/x'},
      body: 'hello',
    })
    expect(await response.json()).to.include({
      kind: 'storage#object',
      name: 'a/b',
      bucket: 'my-bucket',
      contentType: 'text/x',
      size: '5',
      metageneration: '1',
      crc32c: 'mnG7TA==',
    })
  })

  it('that are broken off leave nothing behind', async () => {
    const folder = join(local.cloud.dir, '.meta', 'tmp')
    const drafts = () => (existsSync(folder) ? readdirSync(folder).length : 0)
    const sent = request(uploadUrl('uploadType=media&name=a'), {method: 'POST'})
    const broken = once(sent, 'error')
    sent.write(big)
    while (drafts() === 0) await new Promise(setImmediate)
    sent.destroy(new Error('stop'))
    await broken
    while (drafts() > 0) await new Promise(setImmediate)
    expect((await local.bucket.file('a').exists())[0]).to.equal(false)
  })

  const md5 = createHash('md5').update('hello').digest('base64')
  const announced: [string, string, number][] = [
    ['the right MD5', JSON.stringify({md5Hash: md5}), 200],
    ['a wrong MD5', JSON.stringify({md5Hash: 'AAAAAAAAAAAAAAAAAAAAAA=='}), 400],
    ['the right CRC32C', JSON.stringify({crc32c: 'mnG7TA=='}), 200],
    ['a wrong CRC32C', JSON.stringify({crc32c: 'AAAAAA=='}), 400],
  ]
  for (const [what, json, status] of announced)
    it(`announced with ${what} are answered ${status}`, async () => {
      const body = `--b\r\nContent-Type: application/json\r\n\r\n${json}\r\n--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--`
      const headers = {'content-type': 'multipart/related; boundary=b'}
      const response = await fetch(uploadUrl('uploadType=multipart&name=a'), {method: 'POST', headers, body})
      expect(response.status).to.equal(status)
      expect((await local.bucket.file('a').exists())[0]).to.equal(status === 200)
    })

  const bad: [string, string, RequestInit][] = [
    ['no name', 'uploadType=media', {body: 'x'}],
    ['a name of more than 1024 bytes', `uploadType=media&name=${'x'.repeat(1025)}`, {body: 'x'}],
    ['a name with a line break', 'uploadType=media&name=a%0Ab', {body: 'x'}],
    ['the name ..', 'uploadType=media&name=..', {body: 'x'}],
    ['an unknown upload type', 'uploadType=carrier-pigeon&name=a', {body: 'x'}],
    ['JSON that is none', 'uploadType=resumable&name=a', {body: '{'}],
    ['a multipart body without boundary', 'uploadType=multipart&name=a', {body: 'x'}],
    ['a retention policy', 'uploadType=resumable&name=a', {body: '{"retention": {"mode": "Locked"}}'}],
    ['a hold that is no boolean', 'uploadType=resumable&name=a', {body: '{"temporaryHold": "yes"}'}],
    ['an unknown storage class', 'uploadType=resumable&name=a', {body: '{"storageClass": "LUKEWARM"}'}],
    ['metadata that is no text', 'uploadType=resumable&name=a', {body: '{"metadata": {"a": 1}}'}],
  ]
  for (const [what, query, init] of bad)
    it(`are refused for ${what}`, async () => {
      expect((await fetch(uploadUrl(query), {method: 'POST', ...init})).status).to.equal(400)
    })
})

describe('receiveMultipart', () => {
  let dir: string
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  })
  after(() => rm(dir, {recursive: true}))

  it('finds the parts however the body is cut, and whatever bytes the media has', async () => {
    const media = fc.oneof(
      fc.uint8Array({maxLength: 50}),
      fc.string({unit: fc.constantFrom('\r\n', '--b', '-', '\r', 'b', 'bo', '--')}).map(text => Buffer.from(text)),
    )
    await fc.assert(
      fc.asyncProperty(media, fc.array(fc.integer({min: 1, max: 20}), {minLength: 1}), async (bytes, sizes) => {
        fc.pre(!Buffer.from(bytes).includes('\r\n--bound'))
        const body = Buffer.concat([
          Buffer.from(
            '--bound\r\nContent-Type: application/json\r\n\r\n{"name":"a"}\r\n--bound\r\ncontent-type: text/x\r\n\r\n',
          ),
          bytes,
          Buffer.from('\r\n--bound--\r\n'),
        ])
        async function* chunks() {
          for (let at = 0, turn = 0; at < body.length; turn++) {
            const size = sizes[turn % sizes.length]!
            yield body.subarray(at, at + size)
            at += size
          }
        }
        const file = join(dir, 'media')
        const {metadata, mediaType} = await receiveMultipart(chunks(), 'multipart/related; boundary="bound"', file)
        expect({metadata, mediaType}).to.deep.equal({metadata: {name: 'a'}, mediaType: 'text/x'})
        expect((await readFile(file)).equals(bytes)).to.equal(true)
      }),
      {numRuns: 50},
    )
  })

  it('refuses a body without closing boundary', async () => {
    async function* chunks() {
      yield Buffer.from('--b\r\n\r\n{}\r\n--b\r\n\r\nhello')
    }
    const error = await failure(receiveMultipart(chunks(), 'multipart/related; boundary=b', join(dir, 'media')))
    expect(error.message).to.include('closing boundary')
  })
})
