import {gzipSync} from 'node:zlib'
import {expect} from 'chai'
import fc from 'fast-check'
import {decompress} from '../../../lib/files/codecs/compression.ts'
import type {Compression} from '../../../lib/files/index.ts'
import {cut} from '../../formats/chunks.ts'
import {failureOf, noise} from '../fixtures.ts'

async function* from(chunks: Iterable<Buffer>): AsyncGenerator<Buffer> {
  yield* chunks
}

async function unzip(chunks: Iterable<Buffer>, compression: Compression = 'auto'): Promise<string> {
  const out: Buffer[] = []
  for await (const chunk of decompress(from(chunks), compression, 'a.gz')) out.push(chunk)
  return Buffer.concat(out).toString('latin1')
}

describe('decompress', () => {
  const hello = gzipSync('hello ')
  const world = gzipSync('world')

  it('recognises gzip by its first bytes', async () => {
    expect(await unzip([hello])).to.equal('hello ')
  })
  it('returns what is not gzip as it is', async () => {
    expect(await unzip([Buffer.from('a,b')])).to.equal('a,b')
  })
  it('gives nothing for an empty file', async () => {
    expect(await unzip([])).to.equal('')
    expect(await unzip([], 'gzip')).to.equal('')
  })
  it('gives a file of one byte as it is', async () => {
    expect(await unzip([Buffer.from([0x1f])])).to.equal('\x1f')
  })
  it('reads members one after the other, however they are cut', async () => {
    const bytes = Buffer.concat([hello, world, hello])
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length)), async cuts => {
        expect(await unzip(cut(bytes, cuts))).to.equal('hello worldhello ')
      }),
    )
  })
  it('allows zero padding at the end', async () => {
    expect(await unzip([hello, Buffer.alloc(8), Buffer.alloc(8)])).to.equal('hello ')
  })
  it('unzips gzip within gzip', async () => {
    expect(await unzip([gzipSync(hello)])).to.equal('hello ')
  })
  it("leaves gzip zipped with 'none'", async () => {
    expect(await unzip([hello], 'none')).to.equal(hello.toString('latin1'))
  })
  it("refuses with 'gzip' what is none, naming the file", async () => {
    const error = await failureOf(unzip([Buffer.from('a,b')], 'gzip'))
    expect(error).to.include({code: 'ERR_SLUICE_ENCODING'})
    expect(error.message).to.match(/^a\.gz is not gzip/)
  })
  it('fails for truncated data at every length, naming the file', async () => {
    const bytes = Buffer.concat([hello, world])
    for (let length = 2; length < bytes.length; length++) {
      if (length === hello.length) continue
      const error = await failureOf(unzip([bytes.subarray(0, length)]))
      expect(error).to.include({code: 'ERR_SLUICE_ENCODING'})
      expect(error.message).to.match(/^a\.gz is truncated gzip data/)
    }
  })
  it('fails for damaged data, naming the file', async () => {
    const bytes = gzipSync(noise(1000))
    bytes[500]! ^= 1
    const error = await failureOf(unzip([bytes]))
    expect(error).to.include({code: 'ERR_SLUICE_ENCODING'})
    expect(error.message).to.match(/^a\.gz is damaged gzip data/)
  })
  for (const [what, chunks] of [
    ['other bytes', [hello, Buffer.from('x')]],
    ['other bytes in the same chunk', [Buffer.concat([hello, Buffer.from('x')])]],
    ['a member after padding', [Buffer.concat([hello, Buffer.alloc(8), world])]],
    ['a member after padding in another chunk', [hello, Buffer.alloc(8), world]],
  ] as const)
    it(`fails when ${what} would be lost`, async () => {
      expect(await failureOf(unzip(chunks))).to.include({code: 'ERR_SLUICE_ENCODING'})
    })
  it('passes an error of its input on', async () => {
    const cause = new Error('no')
    const failing = (async function* () {
      yield hello
      throw cause
    })()
    const reading = (async () => {
      for await (const _ of decompress(failing, 'auto', 'a.gz'));
    })()
    expect(await reading.catch(error => error)).to.equal(cause)
  })
  it('unzips only as fast as its consumer reads', async () => {
    const bytes = gzipSync(noise(4_000_000))
    let taken = 0
    const counted = (async function* () {
      for (let at = 0; at < bytes.length; at += 65_536) {
        taken += 65_536
        yield bytes.subarray(at, at + 65_536)
      }
    })()
    const reader = decompress(counted, 'auto', 'a.gz')
    await reader.next()
    for (let i = 0; i < 50; i++) await new Promise(setImmediate)
    expect(taken).to.be.below(1_000_000)
    await reader.return(undefined)
  })
  it('ends its input when its consumer stops', async () => {
    let ended = false
    const endless = (async function* () {
      try {
        yield hello
        for (;;) yield hello
      } finally {
        ended = true
      }
    })()
    const reader = decompress(endless, 'auto', 'a.gz')
    await reader.next()
    await reader.return(undefined)
    for (let i = 0; i < 50 && !ended; i++) await new Promise(setImmediate)
    expect(ended).to.equal(true)
  })
})
