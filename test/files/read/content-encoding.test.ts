import {deflateSync, gzipSync} from 'node:zlib'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import {type LocalCloud, startLocalCloud} from '../../../lib/emulators/index.ts'
import {readFromText} from '../../../lib/io/text/index.ts'
import {BZIP2} from '../fixtures.ts'

/** What an object holds, how it is declared and called, and who reads it: the text that comes out is always the same. */
describe('compression and Content-Encoding', () => {
  let cloud: LocalCloud
  let client: Storage
  const saved = process.env['STORAGE_EMULATOR_HOST']
  before(async () => {
    cloud = await startLocalCloud({services: ['storage']})
    client = new Storage(cloud.clientOptions.storage)
    await client.createBucket('my-bucket')
    process.env['STORAGE_EMULATOR_HOST'] = cloud.env['STORAGE_EMULATOR_HOST']
  })
  after(async () => {
    if (saved === undefined) delete process.env['STORAGE_EMULATOR_HOST']
    else process.env['STORAGE_EMULATOR_HOST'] = saved
    await cloud.close()
  })

  const STORED: [name: string, content: Buffer, ends: string[]][] = [
    ['plain', Buffer.from('hello '), ['txt', 'gz', 'bz2', 'zst']],
    ['gzip', gzipSync('hello '), ['txt', 'gz', 'bz2', 'zz']],
    ['gzip within gzip', gzipSync(gzipSync('hello ')), ['txt', 'gz']],
    ['bzip2', BZIP2.hello, ['txt', 'gz', 'bz2', 'zz']],
    ['bzip2 within gzip', gzipSync(BZIP2.hello), ['txt', 'bz2', 'gz']],
    ['deflate', deflateSync('hello '), ['zz', 'deflate']],
    ['deflate within gzip', gzipSync(deflateSync('hello ')), ['zz', 'deflate']],
  ]
  // what says that it is gzip and is not cannot be served by anybody
  const isGzip = (content: Buffer) => content[0] === 0x1f
  const clients: [string, () => object][] = [
    ['the client from the environment', () => ({})],
    ['a ready client', () => ({client})],
  ]

  for (const [stored, content, ends] of STORED)
    for (const contentEncoding of isGzip(content) ? [undefined, 'gzip'] : [undefined])
      for (const end of ends)
        for (const [who, options] of clients)
          it(`${stored}, Content-Encoding ${contentEncoding}, called .${end}, read by ${who}`, async () => {
            const name = `${stored.replaceAll(' ', '-')}-${contentEncoding}.${end}`
            const contentType = end === 'gz' ? 'application/gzip' : 'text/plain'
            const file = client.bucket('my-bucket').file(name)
            await file.save(content, {resumable: false, metadata: {contentEncoding, contentType}})
            expect(await readFromText(`gs://my-bucket/${name}`, options()).toArray()).to.deep.equal(['hello '])
          })
})
