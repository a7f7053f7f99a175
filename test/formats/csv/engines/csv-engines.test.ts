import {expect} from 'chai'
import {parse} from 'csv-parse/sync'
import fc from 'fast-check'
import {RecordParser} from '../../../../lib/formats/csv/engines/record-parser.ts'
import {type CsvOptions, type CsvSettings, checkCsvOptions} from '../../../../lib/formats/index.ts'
import {caught, cut} from '../../chunks.ts'
import {readCsv} from '../csv-reading.ts'

const PASSED = (
  'comment comment_no_infix delimiter delimiter_auto from_line ltrim max_record_size ' +
  'record_delimiter relax_quotes rtrim skip_records_with_empty_values trim'
).split(' ')

/** The values of each option that the fast engine understands; the first is the default. */
const VALUES = {
  delimiter: [',', ';', '\t', '|', ' '],
  quote: ['"', "'", '$', null],
  skipBlankLines: [true, false],
  columns: [
    undefined,
    ['c', 'a'],
    ['x', null, '__proto__'],
    (header: string[]) => header.map(name => (name === 'b' ? null : name.toUpperCase())),
  ],
  header: [true, false],
  cast: [undefined, true, (text: string) => text.length],
  rejects: [false, true],
} as const

interface Combination extends CsvOptions {
  rejects: boolean
}

/** Every combination of options, so every pair too. */
function* combinations(): Generator<Combination> {
  for (const delimiter of VALUES.delimiter)
    for (const quote of VALUES.quote)
      for (const skipBlankLines of VALUES.skipBlankLines)
        for (const columns of VALUES.columns)
          for (const header of VALUES.header)
            for (const cast of VALUES.cast)
              for (const rejects of VALUES.rejects)
                yield {
                  delimiter,
                  quote,
                  skipBlankLines,
                  ...(cast && {cast}),
                  // positions are said to be some
                  header: header && Array.isArray(columns) && columns.length === 3 ? 'replace' : header,
                  columns: header
                    ? columns
                    : Array.isArray(columns) && columns.length === 3
                      ? columns
                      : ['a', 'b', 'c'],
                  rejects,
                } as Combination
}

/** A file that has what the format knows, in the dialect. */
function sample({delimiter, quote, skipBlankLines}: CsvOptions): string {
  const q = quote ?? ''
  const inside = quote === null ? '' : `${delimiter}\n\r\n${q}${q}`
  const lines = [
    ['a', `${q}b${q}`, 'c'],
    ['1', '007', '-2.5'],
    ['', '', ''],
    [`${q}x${inside}é${q}`, `${q}${q}`, '😀\r'],
    [`${q}${inside}${inside}${q}`, 'ä', `${q}1e3${q}`],
  ].map(fields => fields.join(delimiter))
  return `\ufeff${lines.join(skipBlankLines ? '\r\n\n\r\n' : '\n')}\r\n`
}

function readBoth(bytes: Buffer, chunks: readonly Buffer[], {rejects, ...options}: Combination) {
  const [fast, slow] = [
    readCsv(chunks, {...options, engine: 'fast'}, rejects),
    readCsv([bytes], {...options, engine: 'csv-parse'}, rejects),
  ]
  return [fast, slow].map(({values, offsets, rejects: set}) => ({
    values,
    // the order of columns too
    json: JSON.stringify(values),
    offsets,
    rejects: set,
  }))
}

describe('the engines for CSV', () => {
  it('give the same for every combination of options', () => {
    let count = 0
    for (const options of combinations()) {
      const bytes = Buffer.from(sample(options))
      const [fast, slow] = readBoth(bytes, [bytes], options)
      expect(fast, JSON.stringify(options)).to.deep.equal(slow)
      expect(fast!.values).to.have.length(options.header ? 4 : 5)
      count++
    }
    expect(count).to.equal(5 * 4 * 2 * 4 * 2 * 3 * 2)
  }).timeout(60_000)

  it('give the same at every chunk boundary', () => {
    for (const quote of VALUES.quote)
      for (const skipBlankLines of VALUES.skipBlankLines) {
        const options: Combination = {quote, skipBlankLines, delimiter: ';', rejects: true}
        const bytes = Buffer.from(sample(options))
        const [, slow] = readBoth(bytes, [bytes], options)
        for (let at = 0; at <= bytes.length; at++)
          expect(readBoth(bytes, [bytes.subarray(0, at), bytes.subarray(at)], options)[0]).to.deep.equal(slow)
      }
  })

  it('give the same for any well-formed file, however it is cut', () => {
    const combination = fc.constantFrom(...combinations())
    const text = fc.oneof(
      fc.constantFrom('', '', 'a', '1.5', '-0', '007', 'é😀', 'xyz', '\r', ' ', '\u0000', '\ufeff'),
      fc.string({unit: 'grapheme', maxLength: 20}),
      fc.string({unit: 'binary-ascii', maxLength: 20}),
    )
    const field = fc.record({text, quoted: fc.boolean()})
    const record = fc.oneof(
      {weight: 9, arbitrary: fc.tuple(field, field, field)},
      {weight: 1, arbitrary: fc.array(field, {minLength: 1, maxLength: 5})},
    )
    const lineEnd = fc.constantFrom('\n', '\r\n')
    const file = fc.record({
      records: fc.array(fc.tuple(record, lineEnd, fc.array(lineEnd, {maxLength: 2})), {maxLength: 12}),
      mark: fc.boolean(),
      finalLineEnd: fc.boolean(),
    })
    fc.assert(
      fc.property(
        combination,
        file,
        fc.array(fc.nat(300), {maxLength: 8}),
        (options, {records, mark, finalLineEnd}, cuts) => {
          const {delimiter, quote, header, skipBlankLines} = options as {
            delimiter: string
            quote: string | null
            header: boolean
            skipBlankLines: boolean
          }
          const write = (given: {text: string; quoted: boolean}) => {
            const whole = given.text.replace(/\n/g, given.quoted && quote !== null ? '\n' : '')
            if (given.quoted && quote !== null) return quote + whole.split(quote).join(quote + quote) + quote
            const bare = whole.split(delimiter).join('').replace(/\r$/, '')
            return quote === null ? bare : bare.split(quote).join('')
          }
          let content = header ? `${['a', 'b', 'c'].join(delimiter)}\n` : ''
          records.forEach(([fields, end, blank], i) => {
            const line = fields.map(write).join(delimiter)
            content += line + (i < records.length - 1 || finalLineEnd ? end : '')
            if (skipBlankLines && i < records.length - 1) content += blank.join('')
          })
          // one that begins like UTF-16 is refused
          fc.pre(!content.slice(0, 4).includes('\u0000'))
          // Without `rejects` a record of another length would fail the run.
          const bytes = Buffer.from((mark ? '\ufeff' : '') + content)
          const wellFormed = {...options, rejects: true}
          const [fast, slow] = readBoth(bytes, cut(bytes, cuts), wellFormed)
          // After a record of a wrong length the fast engine goes on one line later, csv-parse one record later.
          const several = slow!.rejects.some(reject => reject.raw.includes('\n'))
          if (!several) expect(fast).to.deep.equal(slow)
        },
      ),
      {numRuns: 1500},
    )
  }).timeout(60_000)

  it('give what csv-parse gives by itself', () => {
    const field = fc.constantFrom('', 'a', '1.5', 'é😀', 'x y', '","', '"\n"', '"\r\n"', '""""', '"é"', '" "')
    const record = fc.tuple(field, field, field).map(fields => fields.join(','))
    fc.assert(
      fc.property(fc.array(record), fc.constantFrom('\n', '\r\n'), fc.array(fc.nat(80)), (records, end, cuts) => {
        const bytes = Buffer.from(['a,b,c', ...records].join(end))
        expect(readCsv(cut(bytes, cuts), {engine: 'fast'}).values).to.deep.equal(parse(bytes, {columns: true}))
      }),
      {numRuns: 500},
    )
  })

  it('are chosen by the options', () => {
    const engine = (options: CsvOptions) => checkCsvOptions('readFromCsv', options).engine
    expect(engine({})).to.equal('fast')
    expect(engine({delimiter: '\t', quote: "'", escape: "'"})).to.equal('fast')
    expect(engine({quote: null})).to.equal('fast')
    expect(engine({engine: 'csv-parse'})).to.equal('csv-parse')
    expect(engine({escape: '\\'})).to.equal('csv-parse')
    expect(engine({delimiter: '||'})).to.equal('csv-parse')
    expect(engine({delimiter: '§'})).to.equal('csv-parse')
    expect(engine({csvParse: {}})).to.equal('csv-parse')
  })
  it('pass `csvParse` through to csv-parse', () => {
    const {values, offsets} = readCsv(['a, b\n# no\n1 , 2\n'], {csvParse: {comment: '#', trim: true}})
    expect(values).to.deep.equal([{a: '1', b: '2'}])
    expect(offsets).to.deep.equal([10])
  })
  it('take values of `csvParse` only that csv-parse takes', () => {
    const values = [
      undefined,
      null,
      true,
      false,
      0,
      1,
      -1,
      1.5,
      '',
      'x',
      '1',
      ['a', 'b'],
      [],
      [1],
      {},
      Buffer.from('x'),
    ]
    const taken: string[] = []
    for (const name of PASSED)
      for (const value of values) {
        let settings: CsvSettings
        try {
          settings = checkCsvOptions('readFromCsv', {csvParse: {[name]: value}} as CsvOptions)
        } catch {
          continue
        }
        taken.push(name)
        new RecordParser(settings)
      }
    expect([...new Set(taken)]).to.deep.equal(PASSED)
  })
  for (const [name, options, reason] of [
    ['engine', {engine: 'quick'}, /'auto', 'fast', 'csv-parse'/],
    ['delimiter', {engine: 'fast', delimiter: '||'}, /one ASCII character/],
    ['escape', {engine: 'fast', escape: '\\'}, /engine: 'fast'/],
    ['csvParse', {engine: 'fast', csvParse: {trim: true}}, /leave one of them out/],
    ['csvParse', {csvParse: 1}, /an object of csv-parse's options/],
    ['csvParse.columns', {csvParse: {columns: true}}, /`header` and `columns`/],
    ['csvParse.skip_records_with_error', {csvParse: {skip_records_with_error: true}}, /never left out silently/],
    ['trimm', {csvParse: {trimm: true}}, /did you mean `\w*trim`/],
    ['csvParse.comment_no_infix', {csvParse: {comment_no_infix: 3}}, /true or false/],
    ['csvParse.delimiter', {csvParse: {delimiter: [',', '']}}, /not empty, or an array of them/],
    ['csvParse.from_line', {csvParse: {from_line: 0}}, /a line, from 1/],
  ] as const)
    it(`refuse ${JSON.stringify(options)}, naming \`${name}\``, () => {
      const error = caught(() => checkCsvOptions('readFromCsv', options as unknown as CsvOptions))
      expect(error).to.include({code: 'ERR_SLUICE_OPTION'})
      expect(error.message).to.include(`\`${name}\``).and.to.match(reason)
    })
})
