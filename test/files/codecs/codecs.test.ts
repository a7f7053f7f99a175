import * as zlib from 'node:zlib'
import {expect} from 'chai'
import fc from 'fast-check'
import {decompress} from '../../../lib/files/codecs/compression.ts'
import type {Compression} from '../../../lib/files/index.ts'
import {cut} from '../../formats/chunks.ts'
import {BZIP2, failureOf, noise, until, ZSTD} from '../fixtures.ts'

async function* from(chunks: Iterable<Buffer>): AsyncGenerator<Buffer> {
  yield* chunks
}

async function read(chunks: Iterable<Buffer>, compression: Compression = 'auto', file = 'a.txt'): Promise<string> {
  const out: Buffer[] = []
  for await (const chunk of decompress(from(chunks), compression, file)) out.push(chunk)
  return Buffer.concat(out).toString('latin1')
}

const HAS_ZSTD = 'createZstdDecompress' in zlib

interface Sample {
  codec: 'gzip' | 'deflate' | 'zstd' | 'bzip2'
  what?: string
  /** 'hello ' and 'world'. */
  hello: Buffer
  world: Buffer
  file?: string
  /** Not told by content, and cannot follow another of its kind. */
  single?: boolean
  /** Every bit of the data is checked. */
  unchecked?: boolean
}

const SAMPLES: Sample[] = [
  {codec: 'gzip', hello: zlib.gzipSync('hello '), world: zlib.gzipSync('world')},
  {codec: 'bzip2', ...BZIP2},
  {codec: 'zstd', ...ZSTD},
  {
    codec: 'deflate',
    what: 'deflate (zlib)',
    hello: zlib.deflateSync('hello '),
    world: zlib.deflateSync('world'),
    file: 'a.zz',
    single: true,
  },
  {
    codec: 'deflate',
    what: 'deflate (bare)',
    hello: zlib.deflateRawSync('hello '),
    world: zlib.deflateRawSync('world'),
    file: 'a.DEFLATE',
    single: true,
    unchecked: true,
  },
]

for (const {codec, what = codec, hello, world, file = 'a.txt', single, unchecked} of SAMPLES)
  describe(`decompress: ${what}`, () => {
    before(function () {
      if (codec === 'zstd' && !HAS_ZSTD) this.skip()
    })
    const members = single ? [hello] : [hello, world, hello]
    const text = single ? 'hello ' : 'hello worldhello '

    it("is recognised with 'auto'", async () => {
      expect(await read([hello], 'auto', file)).to.equal('hello ')
    })
    it(`is taken for what it is with '${codec}', whatever the name says`, async () => {
      expect(await read([hello], codec, 'a.txt')).to.equal('hello ')
    })
    it("is left as it is with 'none'", async () => {
      expect(await read([hello], 'none', file)).to.equal(hello.toString('latin1'))
    })
    it('gives the same however it is cut', async () => {
      const bytes = Buffer.concat(members)
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(bytes.length)), async cuts => {
          expect(await read(cut(bytes, cuts), 'auto', file)).to.equal(text)
        }),
      )
    })
    it('is unzipped within gzip, as Content-Encoding makes it', async function () {
      // the name may as well be that of the gzip file
      if (unchecked) return this.skip()
      expect(await read([zlib.gzipSync(hello)], 'auto', file)).to.equal('hello ')
    })
    it('fails for truncated data at every length, naming file and codec', async () => {
      const bytes = Buffer.concat(members)
      const borders = [hello.length, hello.length + world.length]
      for (let length = 1; length < bytes.length; length++) {
        if (borders.includes(length)) continue
        // what is left of a mark is not refused by 'auto', which takes it for text
        const error = await failureOf(read([bytes.subarray(0, length)], codec, file))
        expect(error).to.include({code: 'ERR_SLUICE_ENCODING'})
        expect(error.message).to.match(new RegExp(`^${file} is (truncated ${codec} data|not ${codec})`))
      }
    })
    it('fails for damaged data, naming file and codec', async function () {
      if (unchecked) return this.skip()
      // the last byte belongs to a checksum in all of them but zstd's, which has one after the frame's blocks
      for (const at of [hello.length - 2, hello.length - 4, hello.length >> 1]) {
        const bytes = Buffer.from(hello)
        bytes[at]! ^= 0x41
        const error = await failureOf(read([bytes], codec, file))
        expect(error).to.include({code: 'ERR_SLUICE_ENCODING'})
        expect(error.message).to.match(new RegExp(`^${file} is (damaged|truncated) ${codec} data`))
      }
    })
    for (const [how, chunks] of [
      ['in the same chunk', [Buffer.concat([hello, Buffer.from('xxxxxxxx')])]],
      ['in another chunk', [hello, Buffer.from('xxxxxxxx')]],
    ] as const)
      it(`fails when other bytes follow ${how}`, async () => {
        const error = await failureOf(read(chunks, 'auto', file))
        expect(error).to.include({code: 'ERR_SLUICE_ENCODING'})
        expect(error.message).to.match(new RegExp(`^${file} is damaged ${codec} data`))
      })
    it('passes an error of its input on', async () => {
      const cause = new Error('no')
      const failing = (async function* () {
        yield hello.subarray(0, -2)
        throw cause
      })()
      const reading = (async () => {
        for await (const _ of decompress(failing, 'auto', file));
      })()
      expect(await reading.catch(error => error)).to.equal(cause)
    })
    it('ends its input when its consumer stops', async () => {
      let ended = false
      const endless = (async function* () {
        try {
          yield hello
          for (;;) yield single ? Buffer.alloc(65_536) : Buffer.concat(Array(2000).fill(hello))
        } finally {
          ended = true
        }
      })()
      const reader = decompress(endless, 'auto', file)
      await reader.next()
      await reader.return(undefined)
      await until(() => ended)
    })
    it(`is not looked for in what is not ${codec}, which is refused by '${codec}'`, async function () {
      if (unchecked) return this.skip()
      const others = SAMPLES.filter(other => other.codec !== codec).map(other => other.hello)
      for (const bytes of [Buffer.from('a,b\n1,2\n'), ...others]) {
        const error = await failureOf(read([bytes], codec, file))
        expect(error).to.include({code: 'ERR_SLUICE_ENCODING'})
      }
    })
    it('gives nothing for an empty file', async () => {
      expect(await read([], codec, file)).to.equal('')
    })
  })

describe('decompress: anything that is not a compression', () => {
  for (const text of ['B', 'BZ', 'BZh', 'BZh9', 'BZh91', 'BZh9 is how bzip2 begins', 'P*', 'P*M', 'x^2', '\x1f', '('])
    it(`${JSON.stringify(text)} is text`, async () => {
      expect(await read([...Buffer.from(text)].map(byte => Buffer.of(byte)))).to.equal(text)
    })
  it('text is handed on as soon as it cannot be anything else', async () => {
    const hanging = (async function* () {
      yield Buffer.from('B\n')
      await new Promise(() => {})
    })()
    const {value} = await decompress(hanging, 'auto', 'standard input').next()
    expect(String(value)).to.equal('B\n')
  })
  it("deflate is not recognised without the name or the option: 'x' begins many a text", async () => {
    const bytes = zlib.deflateSync('hello ')
    expect(await read([bytes])).to.equal(bytes.toString('latin1'))
  })
  it('text in a file that is called deflate fails, and is read with none', async () => {
    const error = await failureOf(read([Buffer.from('id,total\n')], 'auto', 'a.deflate'))
    expect(error.message).to.match(/^a\.deflate is (damaged|truncated) deflate data .*compression: 'none'/)
    expect(await read([Buffer.from('id,total\n')], 'none', 'a.deflate')).to.equal('id,total\n')
  })
})

describe('decompress: bzip2 of many blocks', () => {
  const line = 'abc\n'
  it('reads all blocks of a stream', async () => {
    expect(await read([BZIP2.blocks])).to.equal(line.repeat(100_000))
  })
  it('reads a compressed empty file', async () => {
    expect(await read([BZIP2.empty])).to.equal('')
  })
  it('fails when a whole block is missing', async () => {
    const error = await failureOf(read([BZIP2.blocks.subarray(0, BZIP2.blocks.length - 60)]))
    expect(error.message).to.include('is truncated bzip2 data')
  })
  it('never gives other content for a changed bit', async () => {
    for (let bit = 32; bit < 8 * BZIP2.hello.length; bit++) {
      const bytes = Buffer.from(BZIP2.hello)
      bytes[bit >> 3]! ^= 0x80 >> (bit & 7)
      // a few bits are of no consequence, such as the lengths of codes that do not occur
      const outcome = await read([bytes], 'bzip2').catch(error => error.code)
      expect(outcome).to.be.oneOf(['hello ', 'ERR_SLUICE_ENCODING'])
    }
  })
  it('decompresses only as fast as its consumer reads', async () => {
    let taken = 0
    const counted = (async function* () {
      for (;;) {
        taken++
        yield Buffer.concat(Array(100).fill(BZIP2.blocks))
      }
    })()
    const reader = decompress(counted, 'auto', 'a.bz2')
    await reader.next()
    const before = taken
    for (let i = 0; i < 50; i++) await new Promise(setImmediate)
    expect(taken).to.equal(before)
    await reader.return(undefined)
  })
})

describe('decompress: zstd', () => {
  const zstd = (content: Buffer, checksum = false): Buffer => {
    const {zstdCompressSync, constants} = zlib as unknown as {
      zstdCompressSync(content: Buffer, options: object): Buffer
      constants: {ZSTD_c_checksumFlag: number}
    }
    return zstdCompressSync(content, {params: {[constants.ZSTD_c_checksumFlag]: checksum ? 1 : 0}})
  }
  it('says which Node it takes where this one has none', async function () {
    if (HAS_ZSTD) return this.skip()
    const error = await failureOf(read([ZSTD.hello]))
    expect(error).to.include({code: 'ERR_SLUICE_ENCODING'})
    expect(error.message).to.match(/^a\.txt is zstd data, .*Node 22\.15/)
  })
  it('passes over skippable frames, also the first', async function () {
    if (!HAS_ZSTD) return this.skip()
    const skippable = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])
    expect(await read([skippable, ZSTD.hello, skippable, ZSTD.world])).to.equal('hello world')
  })
  it('reads large contents of every kind of block, with and without checksums, at every cut', async function () {
    if (!HAS_ZSTD) return this.skip()
    const contents = [noise(300_000), Buffer.alloc(300_000), Buffer.from('a,b\n'.repeat(70_000)), Buffer.alloc(0)]
    const bytes = Buffer.concat(contents.flatMap(content => [zstd(content), zstd(content, true)]))
    const whole = Buffer.concat(contents.flatMap(content => [content, content])).toString('latin1')
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length)), async cuts => {
        expect((await read(cut(bytes, cuts))) === whole).to.equal(true)
      }),
      {numRuns: 20},
    )
  })
})
