import {mkdtemp, readdir, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import fc from 'fast-check'
import {type JsonWriteOptions, writeToJson} from '../../../lib/io/json/index.ts'
import {create} from '../../../lib/transforms/index.ts'
import {failureOf} from '../../files/fixtures.ts'

describe('writeToJson', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  })
  afterEach(() => rm(dir, {recursive: true}))
  const write = async (values: unknown[], options?: JsonWriteOptions<unknown>) => {
    const sink = writeToJson(join(dir, 'out'), {overwrite: true, ...options})
    await pipeline(create(values), sink)
    return Promise.all(sink.written.map(path => readFile(path, 'utf8')))
  }

  it('writes a value a line', async () => {
    expect(await write([{a: 1}, [2], 'three', null])).to.deep.equal(['{"a":1}\n[2]\n"three"\nnull\n'])
  })

  describe("with format: 'array'", () => {
    it('writes one array, a value a line', async () => {
      expect(await write([{a: 1}, {a: 2}], {format: 'array'})).to.deep.equal(['[\n{"a":1},\n{"a":2}\n]\n'])
    })
    it('writes an array into every shard, also where there is nothing for it', async () => {
      const files = await write([1, 2, 3], {format: 'array', numShards: 4})
      expect(files.map(text => JSON.parse(text))).to.deep.equal([[1], [2], [3], []])
    })
    it('writes an empty array for an empty input', async () => {
      expect((await write([], {format: 'array'})).map(text => JSON.parse(text))).to.deep.equal([[]])
    })
    it('never exceeds the bytes of a file, brackets counted', async () => {
      const files = await write([11, 22, 33, 44, 55], {format: 'array', maxBytesPerShard: 14})
      for (const text of files) expect(text.length).to.be.at.most(14)
      expect(files.flatMap(text => JSON.parse(text))).to.deep.equal([11, 22, 33, 44, 55])
    })
    it('writes what can be parsed, whatever the values and the shards', async () => {
      const options = fc.constantFrom<JsonWriteOptions<unknown>>(
        {},
        {numShards: 3},
        {maxRecordsPerShard: 2},
        {maxBytesPerShard: 40},
        {destination: () => 'x', numShards: 2},
      )
      const prefix = (given: JsonWriteOptions<unknown>) => (given.destination ? dir : join(dir, 'out'))
      await fc.assert(
        fc.asyncProperty(fc.array(fc.jsonValue({maxDepth: 2}), {maxLength: 12}), options, async (values, given) => {
          const sink = writeToJson(prefix(given), {format: 'array', overwrite: true, ...given})
          await pipeline(create(values), sink)
          const files = await Promise.all(sink.written.map(path => readFile(path, 'utf8')))
          const all = files.flatMap(text => JSON.parse(text) as unknown[]).map(value => JSON.stringify(value))
          expect(all.sort()).to.deep.equal(values.map(value => JSON.stringify(value)).sort())
        }),
        {numRuns: 60},
      )
    })
  })

  it('fails the run for a value that JSON has no form for, naming it, and leaves no file', async () => {
    const error = await failureOf(write([{a: Number.NaN}], {format: 'array'}))
    expect(error).to.include({code: 'ERR_SLUICE_SINK', stage: 'writeToJson'})
    expect(await readdir(dir)).to.deep.equal([])
  })
  it('refuses a format that it does not have', () => {
    expect(() => writeToJson('x', {format: 'json'} as never)).to.throw(/format.*'lines', 'array'/)
  })
})
