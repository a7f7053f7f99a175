import {appendFile, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {gzipSync} from 'node:zlib'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import fc from 'fast-check'
import {startLocalCloud} from '../../../lib/emulators/index.ts'
import {jsonLine} from '../../../lib/formats/index.ts'
import {type JsonReadOptions, type JsonReject, readFromJson, writeToJson} from '../../../lib/io/json/index.ts'
import {create} from '../../../lib/transforms/index.ts'
import {failureOf} from '../../files/fixtures.ts'

describe('readFromJson', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  })
  afterEach(() => rm(dir, {recursive: true}))
  const put = (content: string | Buffer, name = 'a.jsonl') => writeFile(join(dir, name), content)
  const read = (options?: JsonReadOptions) => readFromJson(join(dir, '*'), options).toArray()
  const readBoth = async () => {
    const source = readFromJson(join(dir, '*'), {rejects: true})
    const rejects = source.tagged('rejects').toArray()
    return {values: await source.toArray(), rejects: (await rejects) as JsonReject[]}
  }

  it('gives a value for each line, of whatever kind', async () => {
    await put('{"a":1}\n[2]\n"three"\r\n4\nfalse')
    expect(await read()).to.deep.equal([{a: 1}, [2], 'three', 4, false])
  })
  it('skips blank lines and a byte order mark', async () => {
    await put('\ufeff1\n\n  \t\n2\n\n')
    expect(await read()).to.deep.equal([1, 2])
  })
  it('unzips', async () => {
    await put(gzipSync('1\n2\n'))
    expect(await read()).to.deep.equal([1, 2])
  })
  it('makes a line that is not JSON fail the run, after the values before it, naming file, line and byte', async () => {
    await put('1\n"é"\n{oops\n4\n')
    const seen: unknown[] = []
    const source = readFromJson(join(dir, '*'))
    source.on('data', value => seen.push(value))
    const error = await failureOf(new Promise((_, reject) => source.on('error', reject)))
    expect(error).to.include({code: 'ERR_SLUICE_JSON', stage: 'readFromJson', element: '{oops'})
    expect(error.message).to.include(`${dir}/a.jsonl, line 3 (byte 7): `).and.include('`rejects: true`')
    expect(seen).to.deep.equal([1, 'é'])
  })
  it('fails likewise for null and for bytes that are not UTF-8', async () => {
    await put('1\nnull\n')
    expect((await failureOf(read())).message).to.match(/line 2 \(byte 2\): null/)
    await put(Buffer.from([0x22, 0xff, 0x22, 10]))
    expect((await failureOf(read())).message).to.match(/line 1 \(byte 0\): the line is not UTF-8/)
  })
  it('sets them aside with `rejects`, and continues', async () => {
    await put('1\n\n{oops\nnull\n"é"\n')
    await appendFile(join(dir, 'a.jsonl'), Buffer.from([0x22, 0xc3, 0x22]))
    const {values, rejects} = await readBoth()
    expect(values).to.deep.equal([1, 'é'])
    const file = join(dir, 'a.jsonl')
    expect(rejects.map(({error: _, ...rest}) => rest)).to.deep.equal([
      {raw: '{oops', line: 3, byteOffset: 3, file},
      {raw: 'null', line: 4, byteOffset: 9, file},
      {raw: '"\ufffd"', rawBase64: 'IsMi', line: 6, byteOffset: 19, file},
    ])
    expect(rejects[0]!.error).to.match(/^the line is not JSON: /)
    expect(rejects[2]!.error).to.equal('the line is not UTF-8')
  })
  it('takes a replacement character that stands in the file for what it is', async () => {
    await put('"\ufffd"\n')
    expect(await read()).to.deep.equal(['\ufffd'])
  })
  it('finds lines that are not UTF-8 and their numbers wherever chunks are cut', async () => {
    const broken = Buffer.concat([Buffer.from('"'), Buffer.from([0xe2, 0x82]), Buffer.from('"\n')])
    const line = Buffer.from(`"${'é'.repeat(40_000)}"\n`)
    await put(Buffer.concat([line, line, broken, line, line, broken]))
    const {values, rejects} = await readBoth()
    expect(values).to.have.length(4)
    expect(rejects.map(reject => reject.line)).to.deep.equal([3, 6])
  })
  it('fails for a reject that nobody reads', async () => {
    await put('oops')
    const source = readFromJson(join(dir, '*'), {rejects: true})
    expect((await failureOf(source.toArray())).code).to.equal('ERR_SLUICE_UNCLAIMED_DEAD_LETTER')
  })
  it('has no rejects without the option, and no other output', () => {
    const plain = readFromJson(join(dir, '*')) as ReturnType<typeof readFromJson<unknown>> & {
      tagged(tag: string): unknown
    }
    expect(() => plain.tagged('rejects')).to.throw(/rejects: true/)
  })
  it('fails for a line that is too long', async () => {
    await put('"abcdef"')
    expect((await failureOf(read({maxLineBytes: 5}))).code).to.equal('ERR_SLUICE_READ')
  })
  describe('of an array', () => {
    const readArray = async () => {
      const source = readFromJson(join(dir, '*'), {rejects: true, format: 'array'})
      const rejects = source.tagged('rejects').toArray()
      return {values: await source.toArray(), rejects: await rejects}
    }

    it('gives the elements, however the array is laid out', async () => {
      await put('\ufeff[\n  {"a": 1},\r\n\t[2], "three" ,4\n]\n')
      expect(await read({format: 'array'})).to.deep.equal([{a: 1}, [2], 'three', 4])
    })
    it('gives those of several files, zipped ones too', async () => {
      await put('[1]', 'a')
      await put(gzipSync('[2,3]'), 'b')
      await put('[]', 'c')
      expect(await read({format: 'array'})).to.deep.equal([1, 2, 3])
    })
    it('sets elements aside that are not JSON, null, missing or not UTF-8, and continues', async () => {
      await put(
        Buffer.concat([
          Buffer.from('[1,\n{"a":oops},null,\n,"'),
          Buffer.from([0xc3]),
          Buffer.from('", {"a":1} 2\n, 3]'),
        ]),
      )
      const {values, rejects} = await readArray()
      expect(values).to.deep.equal([1, 3])
      const file = join(dir, 'a.jsonl')
      expect(rejects.map(({error: _, ...rest}) => rest)).to.deep.equal([
        {raw: '{"a":oops}', line: 2, byteOffset: 4, file},
        {raw: 'null', line: 2, byteOffset: 15, file},
        {raw: '', line: 3, byteOffset: 21, file},
        {raw: '"\ufffd"', rawBase64: 'IsMi', line: 3, byteOffset: 22, file},
        {raw: '{"a":1} 2', line: 3, byteOffset: 27, file},
      ])
      expect(rejects.map(({error}) => error).join('\n')).to.match(
        /^the element is not JSON: .*\nnull .*\nan element is missing.*\nthe element is not UTF-8\nthe element is not JSON: /,
      )
    })
    it('fails at such an element without `rejects`, after those before it, naming file, line and byte', async () => {
      await put('[1,\n2, {oops}, 3]')
      const seen: unknown[] = []
      const source = readFromJson(join(dir, '*'), {format: 'array'})
      source.on('data', value => seen.push(value))
      const error = await failureOf(new Promise((_, reject) => source.on('error', reject)))
      expect(error).to.include({code: 'ERR_SLUICE_JSON', stage: 'readFromJson', element: '{oops}'})
      expect(error.message).to.include(`${dir}/a.jsonl, line 2 (byte 7): the element is not JSON`)
      expect(seen).to.deep.equal([1, 2])
    })
    it('fails for anything that is not an array also with `rejects`, after the elements before', async () => {
      for (const [text, message] of [
        ['{"a":1}', /line 1 \(byte 0\): the file is not a JSON array/],
        ['[1,2', /line 1 \(byte 3\): the file ends in the element/],
        ['[1,2] 3', /line 1 \(byte 6\): something follows the end/],
      ] as const) {
        await put(text)
        const source = readFromJson(join(dir, '*'), {format: 'array', rejects: true})
        source
          .tagged('rejects')
          .resume()
          .on('error', () => {})
        const error = await failureOf(source.toArray())
        expect(error).to.include({code: 'ERR_SLUICE_JSON', stage: 'readFromJson'})
        expect(error.message).to.match(message).and.include(join(dir, 'a.jsonl'))
      }
    })
    it('fails for an element that is too long', async () => {
      await put('["abc","abcdef"]')
      const error = await failureOf(read({format: 'array', maxLineBytes: 5}))
      expect(error).to.include({code: 'ERR_SLUICE_READ'})
      expect(error.message).to.match(/byte 7.*longer than 5 bytes.*`maxLineBytes`/)
    })
    it('hands on elements before the array is at its end, and reads no further than asked', async () => {
      await put(`[${'{"a":"xxxxxxxxxxxxxxxxxxxxxxxx"},'.repeat(200_000)}1]`)
      const source = readFromJson(join(dir, '*'), {format: 'array'})
      const reader = source[Symbol.asyncIterator]()
      expect((await reader.next()).value).to.have.property('a')
      for (let i = 0; i < 50; i++) await new Promise(setImmediate)
      expect(source.info.metrics.extra['bytes']).to.be.below(2_000_000)
      await reader.return!()
    })
    it('is told from lines by the first byte with `auto`', async () => {
      await put(' [1,\n2]', 'a')
      await put('3\n4', 'b')
      await put('\n', 'c')
      expect(await read({format: 'auto'})).to.deep.equal([1, 2, 3, 4])
    })
    it('is proposed when a file of lines begins like one', async () => {
      await put('[\n{"a":1}\n]')
      expect((await failureOf(read())).message).to.include("set `format: 'array'`")
      await put('1\n[\n')
      expect((await failureOf(read())).message).to.not.include('array')
    })
  })
  describe('with numbers that a double does not hold', () => {
    const LINES = '{"id":9007199254740993}\n{"n":[{"price":123456789012345.67891}]}\n{"id":1}\n'
    const ARRAY = `[${LINES.trim().replaceAll('\n', ',\n')}]`
    for (const [format, text] of [
      ['lines', LINES],
      ['array', ARRAY],
      ['auto', ARRAY],
    ] as const) {
      it(`reads long integers as BigInts and sets aside what would be rounded, naming the field: ${format}`, async () => {
        await put(text)
        const source = readFromJson(join(dir, '*'), {format, rejects: true})
        const rejects = source.tagged('rejects').toArray()
        expect(await source.toArray()).to.deep.equal([{id: 9007199254740993n}, {id: 1}])
        const [reject] = await rejects
        expect(reject).to.include({raw: '{"n":[{"price":123456789012345.67891}]}', line: 2})
        expect(reject!.error).to.match(
          /^field 'n\[0\]\.price': 123456789012345\.67891 would become .*`numbers: 'text'`/,
        )
      })
      it(`fails for what would be rounded without \`rejects\`: ${format}`, async () => {
        await put(text)
        const error = await failureOf(read({format}))
        expect(error).to.include({code: 'ERR_SLUICE_JSON'})
        expect(error.message).to.match(/a\.jsonl, line 2 \(byte \d+\): field 'n\[0\]\.price'/)
      })
      it(`gives their digits with numbers: 'text': ${format}`, async () => {
        await put(text)
        expect(await read({format, numbers: 'text'})).to.deep.equal([
          {id: '9007199254740993'},
          {n: [{price: '123456789012345.67891'}]},
          {id: 1},
        ])
      })
      it(`rounds them with numbers: 'double': ${format}`, async () => {
        await put(text)
        expect(await read({format, numbers: 'double'})).to.deep.equal(JSON.parse(ARRAY))
      })
    }
    it('comes back as it was written by writeToJson', async () => {
      const values = [{a: 2n ** 63n, b: [-(2n ** 64n)]}, {a: 1}]
      await pipeline(create(values), writeToJson(join(dir, 'p')))
      expect(await readFromJson(join(dir, 'p*')).toArray()).to.deep.equal(values)
    })
  })
  it('reads a stream of bytes', async () => {
    const bytes = () => Readable.from([Buffer.from('[1,'), Buffer.from('2]')], {objectMode: false})
    expect(await readFromJson(bytes()).toArray()).to.deep.equal([[1, 2]])
    expect(await readFromJson(bytes(), {format: 'array'}).toArray()).to.deep.equal([1, 2])
  })
  it('refuses UTF-16 with a clear error, in lines and arrays', async () => {
    for (const bytes of [Buffer.from('\ufeff[1]', 'utf16le'), Buffer.from('\ufeff[1]', 'utf16le').swap16()]) {
      await put(bytes)
      for (const format of ['lines', 'array', 'auto'] as const) {
        const error = await failureOf(read({format}))
        expect(error).to.include({code: 'ERR_SLUICE_ENCODING'})
        expect(error.message).to.match(/a\.jsonl is UTF-16.*only UTF-8 is read/)
      }
    }
  })
  it('refuses options that it does not have', () => {
    expect(() => readFromJson('a', {reject: true} as never)).to.throw(/rejects/)
    expect(() => readFromJson('a', {rejects: 1} as never)).to.throw(/true or false/)
    expect(() => readFromJson('a', {numbers: 'bigint'} as never)).to.throw(
      /`numbers`.*one of 'exact', 'text', 'double'/,
    )
    expect(() => readFromJson('a', {format: 'jsonl'} as never)).to.throw(/one of 'lines', 'array', 'auto'/)
  })
  it('reads what writeToJson wrote, whatever the values are', async () => {
    const value = fc.jsonValue().filter(given => given !== null)
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.array(value, {maxLength: 20}), fc.integer({min: 1, max: 3}), async (values, numShards) => {
        const prefix = join(dir, `p${run++}`)
        await pipeline(create(values), writeToJson(prefix, {numShards}))
        const found = await readFromJson(`${prefix}-*`).toArray()
        const sorted = (all: unknown[]) => all.map(each => jsonLine(each)).sort()
        expect(sorted(found)).to.deep.equal(sorted(values))
      }),
      {numRuns: 40},
    )
  })
  it('reads from and writes to Cloud Storage', async () => {
    const cloud = await startLocalCloud({services: ['storage']})
    try {
      const client = new Storage(cloud.clientOptions.storage)
      await client.createBucket('my-bucket')
      await pipeline(create([{a: 1}, {a: 2}]), writeToJson('gs://my-bucket/x', {client}))
      await pipeline(readFromJson('gs://my-bucket/x*', {client}), writeToJson('gs://my-bucket/y', {client}))
      expect(String((await client.bucket('my-bucket').file('y-00000-of-00001').download())[0])).to.equal(
        '{"a":1}\n{"a":2}\n',
      )
    } finally {
      await cloud.close()
    }
  })
})
