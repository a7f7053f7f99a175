import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {pipeline} from 'node:stream/promises'
import {expect} from 'chai'
import fc from 'fast-check'
import {type Bundle, deadLetter, Sink} from '../../../lib/core/index.ts'
import {type CsvParseTextOptions, parseCsv, readFromCsv} from '../../../lib/io/csv/index.ts'
import {readFromText} from '../../../lib/io/text/index.ts'
import {runStage, testSink, testSource} from '../../../lib/testing/index.ts'
import {create} from '../../../lib/transforms/index.ts'
import {failureOf} from '../../files/fixtures.ts'

const parsed = async (texts: readonly (string | Uint8Array)[], options: CsvParseTextOptions) =>
  (await runStage(parseCsv(options), texts)).output

describe('parseCsv', () => {
  it('makes a row of each line, strings and bytes', async () => {
    const texts = ['a,1', Buffer.from('"b, c",2\r\n'), new Uint8Array([0x64, 0x2c, 0x33])]
    expect(await parsed(texts, {columns: ['id', 'total']})).to.deep.equal([
      {id: 'a', total: '1'},
      {id: 'b, c', total: '2'},
      {id: 'd', total: '3'},
    ])
  })
  it('makes several rows of a text of several lines, and none of an empty one', async () => {
    expect(await parsed(['1\n"2\n3"\n\n4', '', '\n', '5\n'], {columns: ['n']})).to.deep.equal([
      {n: '1'},
      {n: '2\n3'},
      {n: '4'},
      {n: '5'},
    ])
  })
  it('takes each text by itself: a quote that is open at its end is not closed by the next', async () => {
    const parse = parseCsv({columns: ['n'], rejects: true})
    const rejects = parse.tagged('rejects').toArray()
    const sink = testSink()
    await pipeline(create(['"1', '2"', '3']), parse, sink)
    expect(sink.values).to.deep.equal([{n: '3'}])
    expect((await rejects).map(({raw}) => raw)).to.deep.equal(['"1', '2"'])
  })
  it('reads a header from each text', async () => {
    expect(await parsed(['a,b\n1,2', 'b,a\n3,4\n'], {header: true})).to.deep.equal([
      {a: '1', b: '2'},
      {b: '3', a: '4'},
    ])
  })
  it('takes the options of readFromCsv', async () => {
    expect(await parsed(['1|x|y'], {columns: ['a', null, 'c'], delimiter: '|', cast: {a: 'integer'}})).to.deep.equal([
      {a: 1, c: 'y'},
    ])
    expect(
      await parsed(['# no\n 1;;2 '], {columns: ['a', 'b'], delimiter: ';;', csvParse: {comment: '#', trim: true}}),
    ).to.deep.equal([{a: '1', b: '2'}])
  })
  it('takes a byte order mark off each text', async () => {
    expect(await parsed(['\ufeff1', Buffer.from('\ufeff2')], {columns: ['n']})).to.deep.equal([{n: '1'}, {n: '2'}])
  })
  for (const engine of ['fast', 'csv-parse'] as const) {
    it(`sets single records aside, with their place in the text (${engine})`, async () => {
      const parse = parseCsv({columns: ['a', 'b'], rejects: true, engine, name: 'Parse'})
      const rejects = parse.tagged('rejects').toArray()
      const sink = testSink()
      await pipeline(create(['1,2\n\né\n3,4', 'x', '5,6']), parse, sink)
      expect(sink.values).to.deep.equal([
        {a: '1', b: '2'},
        {a: '3', b: '4'},
        {a: '5', b: '6'},
      ])
      const error = 'the record has 1 field instead of 2'
      expect(await rejects).to.deep.equal([
        {raw: 'é', line: 3, byteOffset: 5, file: 'Parse', error},
        {raw: 'x', line: 1, byteOffset: 0, file: 'Parse', error},
      ])
    })
    it(`fails the run at a malformed record, naming stage, line and byte (${engine})`, async () => {
      const error = await failureOf(
        pipeline(create(['1,2', '3,4\n5']), parseCsv({columns: ['a', 'b'], engine, name: 'Parse'}), testSink()),
      )
      expect(error).to.include({code: 'ERR_SLUICE_CSV', stage: 'Parse', element: '5'})
      expect(error.message).to.match(/^Parse, line 2 \(byte 4\): the record has 1 field instead of 2/)
    })
    it(`returns what readFromCsv gives of a file with the same bytes (${engine})`, async () => {
      const dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
      const piece = fc.constantFrom('a', '1', ',', '"', '""', '\n', '\r\n', 'é', ' ', '"b,\n"')
      try {
        await fc.assert(
          fc.asyncProperty(fc.array(fc.array(piece, {maxLength: 12}), {maxLength: 4}), async parts => {
            const texts = parts.map(each => each.join(''))
            const options = {header: false, columns: ['x', 'y'], engine} as const
            const expected: unknown[] = []
            let failure: unknown
            for (const [i, text] of texts.entries()) {
              await writeFile(join(dir, `${i}`), text)
              try {
                expected.push(...(await readFromCsv(join(dir, `${i}`), options).toArray()))
              } catch (error) {
                failure = error
                break
              }
            }
            const found = parsed(texts, options)
            if (failure === undefined) expect(await found).to.deep.equal(expected)
            else expect((await failureOf(found)).code).to.equal((failure as {code: string}).code)
          }),
          {numRuns: 60},
        )
      } finally {
        await rm(dir, {recursive: true})
      }
    })
  }
  it('sends a text that cannot be read to a dead letter, whole, and reads the next as if nothing had been', async () => {
    const parse = parseCsv({columns: ['a', 'b'], onError: deadLetter('bad')})
    const bad = parse.tagged('bad').toArray()
    const sink = testSink()
    const given = ['1,2\n"3', '4,5', Buffer.from('\ufeff6', 'utf16le'), 7 as never, '8,9']
    await pipeline(create(given), parse, sink)
    expect(sink.values).to.deep.equal([
      {a: '4', b: '5'},
      {a: '8', b: '9'},
    ])
    const letters = await bad
    expect(letters.map(({element}) => element)).to.deep.equal([given[0], given[2], given[3]])
    expect(letters.map(({error}) => error).join('\n')).to.match(
      /never closed[^\n]*\n[^\n]*is UTF-16[^\n]*\n.*takes strings and bytes/,
    )
  })
  it('has rejects of records and dead letters of texts side by side', async () => {
    const parse = parseCsv({header: true, rejects: true, onError: deadLetter('bad')})
    const [rejects, bad] = [parse.tagged('rejects').toArray(), parse.tagged('bad').toArray()]
    const sink = testSink()
    await pipeline(create(['a\n1\n2,3', '"a\n1', 'b\n4']), parse, sink)
    expect(sink.values).to.deep.equal([{a: '1'}, {b: '4'}])
    expect((await rejects).map(({raw}) => raw)).to.deep.equal(['2,3'])
    expect((await bad).map(({element}) => element)).to.deep.equal(['"a\n1'])
  })
  it('sets aside what is not UTF-8', async () => {
    const parse = parseCsv({columns: ['a'], rejects: true})
    const rejects = parse.tagged('rejects').toArray()
    await pipeline(create([Buffer.from([0xff])]), parse, testSink())
    expect((await rejects).map(({error}) => error)).to.deep.equal(['the record has bytes that are not UTF-8'])
  })
  it('fails for a reject that nobody reads', async () => {
    const run = pipeline(create(['1,2']), parseCsv({columns: ['a'], rejects: true}), testSink())
    expect((await failureOf(run)).code).to.equal('ERR_SLUICE_UNCLAIMED_DEAD_LETTER')
  })
  it('makes ids of the text’s id and the number of the row in it', async () => {
    class Ids extends Sink<unknown> {
      readonly all: string[] = []
      override writeBundle({values, ids}: Bundle<unknown>) {
        for (const i of values.keys()) this.all.push(ids!.at(i))
      }
      override commit() {}
    }
    const dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
    try {
      const sink = new Ids()
      await writeFile(join(dir, 'a'), '1|2|3;4\n')
      await pipeline(
        readFromText(join(dir, 'a'), {delimiter: ';'}),
        parseCsv({columns: ['a'], csvParse: {record_delimiter: '|'}}),
        sink,
      )
      expect(sink.all).to.deep.equal(['0.0', '0.1', '0.2', '6.0'])
    } finally {
      await rm(dir, {recursive: true})
    }
  })
  it('acknowledges a message when all its rows and rejects are committed', async () => {
    const source = testSource([['1\n2\n3,4', 'x,y', '']], {leases: true})
    const parse = parseCsv({columns: ['a'], rejects: true})
    const rejects = testSink()
    const sink = testSink()
    await Promise.all([pipeline(source, parse, sink), pipeline(parse.tagged('rejects'), rejects)])
    expect(sink.values).to.have.length(2)
    expect(rejects.values).to.have.length(2)
    expect(new Set(source.acked)).to.deep.equal(new Set(['1\n2\n3,4', 'x,y', '']))
  })
  it('wants the columns named, by the option or by the texts', () => {
    expect(() => parseCsv({})).to.throw(/parseCsv: with `header: false` option `columns` is undefined.*`header: true`/)
    expect(() => parseCsv(undefined as never)).to.throw(/`columns`/)
  })
  it('refuses options that it does not have', () => {
    expect(() => parseCsv({columns: ['a'], skipHeaderLines: 1} as never)).to.throw(/unknown option `skipHeaderLines`/)
    expect(() => parseCsv({columns: ['a'], rejects: 1} as never)).to.throw(/true or false/)
  })
})
