import {once} from 'node:events'
import {get} from 'node:http'
import {text as readAll} from 'node:stream/consumers'
import {gunzipSync, gzipSync} from 'node:zlib'
import type {CreateReadStreamOptions} from '@google-cloud/storage'
import {expect} from 'chai'
import {failure, useLocalCloud} from '../../local-cloud.ts'

const TEXT = 'hello '.repeat(50_000)
const ZIPPED = gzipSync(TEXT)

describe('local Cloud Storage: gzip as the official client sees it', () => {
  const local = useLocalCloud()
  const read = async (options: CreateReadStreamOptions) => {
    const chunks: Buffer[] = []
    for await (const chunk of local.bucket.file('a').createReadStream(options)) chunks.push(chunk)
    return Buffer.concat(chunks)
  }

  const stored: [string, Buffer, object][] = [
    ['text', Buffer.from(TEXT), {}],
    ['gzip with Content-Encoding: gzip', ZIPPED, {contentEncoding: 'gzip'}],
    [
      'gzip with Content-Encoding: gzip and no-transform',
      ZIPPED,
      {contentEncoding: 'gzip', cacheControl: 'no-transform'},
    ],
    ['gzip without Content-Encoding', ZIPPED, {contentType: 'application/gzip'}],
  ]
  for (const text of ['not gzip', '\u001f', ''])
    it(`gives ${JSON.stringify(text)} as it is to a client without gzip, whatever its contentEncoding says`, async () => {
      await local.bucket.file('a').save(text, {resumable: false, metadata: {contentEncoding: 'gzip'}})
      const [response] = await once(get(`${local.cloud.url}/b/my-bucket/o/a?alt=media`), 'response')
      expect(await readAll(response)).to.equal(text)
    })

  for (const [what, bytes, metadata] of stored)
    describe(`of ${what}`, () => {
      beforeEach(() => local.bucket.file('a').save(bytes, {resumable: false, metadata}))
      const unzips = 'contentEncoding' in metadata

      for (const validation of ['crc32c', 'md5', false] as const) {
        it(`gives the content, validation: ${validation}`, async () => {
          expect((await read({validation})).equals(unzips ? gunzipSync(bytes) : bytes)).to.equal(true)
        })

        it(`gives the stored bytes with decompress: false, validation: ${validation}`, async () => {
          expect((await read({validation, decompress: false})).equals(bytes)).to.equal(true)
        })
      }

      it('gives a range of the stored bytes with decompress: false', async () => {
        expect((await read({decompress: false, start: 10, end: 99})).equals(bytes.subarray(10, 100))).to.equal(true)
        expect((await read({decompress: false, end: -20})).equals(bytes.subarray(-20))).to.equal(true)
      })

      it('has a wrong checksum noticed', async () => {
        local.cloud.faults.add({
          match: {call: 'objects.media'},
          do: {kind: 'headers', set: {'x-goog-hash': 'crc32c=AAAAAA=='}},
        })
        expect((await failure(read({validation: 'crc32c'}))).code).to.equal('CONTENT_DOWNLOAD_MISMATCH')
      })

      it('has a flipped bit noticed', async () => {
        local.cloud.faults.add({match: {call: 'objects.media'}, do: {kind: 'corrupt', atByte: bytes.length - 20}})
        expect(await failure(read({validation: 'crc32c'}))).to.be.instanceOf(Error)
        expect((await failure(read({validation: 'crc32c', decompress: false}))).code).to.equal(
          'CONTENT_DOWNLOAD_MISMATCH',
        )
      })
    })

  describe('for a client that does not accept gzip', () => {
    const media = (headers: Record<string, string> = {}) =>
      fetch(`${local.cloud.url}/download/storage/v1/b/my-bucket/o/a?alt=media`, {
        headers: {'accept-encoding': 'identity', ...headers},
      })
    beforeEach(() => local.bucket.file('a').save(ZIPPED, {resumable: false, metadata: {contentEncoding: 'gzip'}}))

    it('is unzipped under the hashes of the stored bytes', async () => {
      const response = await media()
      const [{crc32c, md5Hash}] = await local.bucket.file('a').getMetadata()
      expect(response.headers.get('x-goog-hash')).to.equal(`crc32c=${crc32c},md5=${md5Hash}`)
      expect(response.headers.get('content-length')).to.equal(null)
      expect(await response.text()).to.equal(TEXT)
    })

    for (const kind of ['reset', 'fin', 'truncate', 'stall'] as const)
      it(`breaks with ${kind} at a byte of what is sent, not of what is stored`, async () => {
        const afterBytes = ZIPPED.length + 1000
        local.cloud.faults.add({match: {call: 'objects.media'}, do: {kind, afterBytes}})
        const response = await media()
        let text = ''
        const decoder = new TextDecoder()
        try {
          for await (const chunk of response.body!) {
            text += decoder.decode(chunk)
            if (kind === 'stall' && text.length === afterBytes) break
          }
        } catch (error) {
          expect(kind).not.to.equal('truncate')
          expect(error).to.be.instanceOf(Error)
        }
        if (kind === 'reset') expect(text.length).to.be.at.most(afterBytes)
        else expect(text.length).to.equal(afterBytes)
      })

    it('is corrupted at a byte of what is sent', async () => {
      local.cloud.faults.add({match: {call: 'objects.media'}, do: {kind: 'corrupt', atByte: 1000}})
      const text = await (await media()).text()
      expect(text.slice(0, 1000)).to.equal(TEXT.slice(0, 1000))
      expect(text[1000]).not.to.equal(TEXT[1000])
      expect(text.slice(1001)).to.equal(TEXT.slice(1001))
    })
  })
})
