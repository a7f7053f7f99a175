import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pipeline} from 'node:stream/promises'
import zlib from 'node:zlib'
import {expect} from 'chai'
import {type TextWriteOptions, writeToText} from '../../../lib/io/text/index.ts'
import {create} from '../../../lib/transforms/index.ts'

const {zstdDecompressSync} = zlib as {zstdDecompressSync?: (bytes: Buffer) => Buffer}

describe('compression of files written', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  })
  afterEach(() => rm(dir, {recursive: true}))
  const lines = Array.from({length: 40_000}, (_, n) => `line ${n}`)
  const expected = `${lines.join('\n')}\n`
  const write = async (options: TextWriteOptions) => {
    const sink = writeToText(join(dir, 'out'), options)
    await pipeline(create(lines), sink)
    return Promise.all(sink.written.map(path => readFile(path)))
  }

  const ways: [string, TextWriteOptions, ((bytes: Buffer) => Buffer) | undefined][] = [
    ['gzip, by the name', {suffix: '.txt.gz'}, zlib.gunzipSync],
    ['deflate, by the name', {suffix: '.deflate'}, zlib.inflateSync],
    ['zstd, by the name', {suffix: '.ZST'}, zstdDecompressSync],
    ['gzip, whatever the name', {suffix: '.bin', compression: 'gzip'}, zlib.gunzipSync],
    ['deflate, whatever the name', {compression: 'deflate', suffix: '.gz'}, zlib.inflateSync],
    ['zstd, whatever the name', {compression: 'zstd'}, zstdDecompressSync],
    ['none, whatever the name', {compression: 'none', suffix: '.bz2'}, bytes => bytes],
    ['none, for a name that says nothing', {suffix: '.txt'}, bytes => bytes],
  ]
  for (const [what, options, unpack] of ways) {
    it(what, async function () {
      if (!unpack) return this.skip()
      const [bytes] = await write(options)
      expect(String(unpack(bytes!))).to.equal(expected)
    })
    it(`${what}, in many shards`, async function () {
      if (!unpack) return this.skip()
      const files = await write({...options, numShards: 40})
      expect(files.flatMap(bytes => String(unpack(bytes)).split('\n').slice(0, -1)).sort()).to.deep.equal(
        [...lines].sort(),
      )
    })
  }
  it('is refused at construction where Node has no zstd', function () {
    if (zstdDecompressSync) return this.skip()
    for (const options of [{suffix: '.zst'}, {compression: 'zstd'} as const])
      expect(() => writeToText('out', options))
        .to.throw(/has no zstd.*22\.15/)
        .with.property('code', 'ERR_SLUICE_OPTION')
  })
  it('is refused at construction for bzip2, which is not written', () => {
    expect(() => writeToText('out', {suffix: '.bz2'}))
      .to.throw(/bzip2 is read, but not written/)
      .with.property('code', 'ERR_SLUICE_OPTION')
  })
  it('fails the run for a destination whose name wants what is not written', async () => {
    const error = await pipeline(
      create(['x']),
      writeToText(dir, {destination: () => 'a.bz2', shardNameTemplate: ''}),
    ).catch(given => given)
    expect(error).to.have.property('code', 'ERR_SLUICE_OPTION')
  })
})
