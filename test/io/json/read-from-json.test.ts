import {appendFile, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pipeline} from 'node:stream/promises'
import {gzipSync} from 'node:zlib'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import fc from 'fast-check'
import {startLocalCloud} from '../../../lib/emulators/index.ts'
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
  it('makes a line that is no JSON fail the run, after the values before it, naming file, line and byte', async () => {
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
  it('sets them aside with `rejects`, and goes on', async () => {
    await put('1\n\n{oops\nnull\n"é"\n')
    await appendFile(join(dir, 'a.jsonl'), Buffer.from([0x22, 0xc3, 0x22]))
    const {values, rejects} = await readBoth()
    expect(values).to.deep.equal([1, 'é'])
    const file = join(dir, 'a.jsonl')
    expect(rejects.map(({error: _, ...rest}) => rest)).to.deep.equal([
      {raw: '{oops', line: 3, byteOffset: 3, file},
      {raw: 'null', line: 4, byteOffset: 9, file},
      {raw: '"\ufffd"', line: 6, byteOffset: 19, file},
    ])
    expect(rejects[0]!.error).to.match(/^the line is no JSON: /)
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
  it('refuses options that it does not have', () => {
    expect(() => readFromJson('a', {reject: true} as never)).to.throw(/rejects/)
    expect(() => readFromJson('a', {rejects: 1} as never)).to.throw(/true or false/)
  })
  it('reads what writeToJson wrote, whatever the values are', async () => {
    const value = fc.jsonValue().filter(given => given !== null)
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.array(value, {maxLength: 20}), fc.integer({min: 1, max: 3}), async (values, numShards) => {
        const prefix = join(dir, `p${run++}`)
        await pipeline(create(values), writeToJson(prefix, {numShards}))
        const found = await readFromJson(`${prefix}-*`).toArray()
        const sorted = (all: unknown[]) => all.map(each => JSON.stringify(each)).sort()
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
