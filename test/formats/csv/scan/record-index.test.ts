import {spawnSync} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import fc from 'fast-check'
import {FieldScanner, RECORD} from '../../../../lib/formats/csv/scan/field-scanner.ts'
import {
  COLUMNS,
  giveRecordIndex,
  type Plain,
  takeRecordIndex,
  WINDOW,
} from '../../../../lib/formats/csv/scan/record-index.ts'
import {programCommand} from '../../../support/program.ts'
import {cut} from '../../chunks.ts'
import {readCsv} from '../csv-reading.ts'

const COMMA = 44
const QUOTE = 34
const READ_ALONE = fileURLToPath(new URL('read-alone.ts', import.meta.url))

interface Found {
  fields: [start: number, end: number][]
  next: number
  lines: number
  /** What the index has to say of it besides. */
  flags: number
}

const PLAIN: Plain = {width: 2, max: 100, multi: false}

/** The records that the index finds from `from` on, and whether a malformed one stopped it. */
function indexed(bytes: Buffer, from: number, quote: number, plain = PLAIN) {
  const index = takeRecordIndex()!
  try {
    index.open(bytes, 0)
    const count = index.find(from, COMMA, quote, plain, 1000)
    const entry = (record: number) => index.table.subarray(record * COLUMNS, (record + 1) * COLUMNS)
    const records = Array.from({length: count}, (_, i): Found => {
      const [, first, line, flags] = entry(i)
      const [next, after, lineAfter] = entry(i + 1)
      const places = Array.from({length: after! - first!}, (_, n) => first! + n)
      const fields = places.map((n): [number, number] => [index.starts[n]!, index.ends[n]!])
      return {fields, next: next!, lines: lineAfter! - line!, flags: flags!}
    })
    return {records, stopped: entry(count)[3] === 1, from: index.table[0]}
  } finally {
    giveRecordIndex(index)
  }
}

/** The same by a FieldScanner. */
function scanned(bytes: Buffer, from: number, quote: number, {width, max, multi} = PLAIN) {
  const place = (at: number) => (multi ? from + bytes.toString('utf8', from, at).length : at)
  const scanner = new FieldScanner(COMMA, quote)
  scanner.open(bytes, false)
  const records: Found[] = []
  for (let at = from; at < bytes.length; at = scanner.next) {
    const found = scanner.scan(at)
    if (found !== RECORD) return {records, at, found}
    const {starts, ends, count, next, lines, ascii, escaped} = scanner
    const fields = Array.from({length: count}, (_, i): [number, number] => [place(starts[i]!), place(ends[i]!)])
    const blank = count === 1 && ends[0] === at
    const flags = [!ascii && !multi, escaped, blank, count !== width, next - at > max].map((yes, i) => Number(yes) << i)
    records.push({fields, next, lines, flags: flags.reduce((sum, flag) => sum + flag)})
  }
  return {records, at: bytes.length, found: RECORD}
}

/** A small file read in a process of its own, and whether there was an index. */
function readAlone(flags: string[]) {
  const [node = '', ...program] = programCommand(READ_ALONE)
  const {stdout, stderr} = spawnSync(node, [...flags, ...program], {encoding: 'utf8'})
  expect(stdout, stderr).to.not.equal('')
  return JSON.parse(stdout) as {read: object; index: boolean}
}

describe('RecordIndex', () => {
  it('finds what a FieldScanner finds, from every place on', () => {
    const piece = fc.oneof(
      {weight: 6, arbitrary: fc.constantFrom(',', '\n', '"', '\r\n', '""', '","', '"\n"', '\r', 'é', '€', '😀', '')},
      {weight: 3, arbitrary: fc.string({unit: fc.constantFrom('a', ' ', '\u0000', '\u007f'), maxLength: 80})},
    )
    const file = fc.array(piece, {maxLength: 60}).map(pieces => Buffer.from(pieces.join('')))
    fc.assert(
      fc.property(file, fc.nat(70), fc.constantFrom(QUOTE, -1), fc.boolean(), (bytes, from, quote, multi) => {
        // not in the middle of a character
        fc.pre(from < bytes.length && (bytes[from]! & 0xc0) !== 0x80)
        const plain = {...PLAIN, multi}
        const index = indexed(bytes, from, quote, plain)
        const single = scanned(bytes, from, quote, plain)
        expect(index.records).to.deep.equal(single.records)
        expect(index.from).to.equal(from)
      }),
      {numRuns: 5000},
    )
  })
  it('stops at a malformed record, and reports it', () => {
    const bytes = Buffer.from('1,2\n3,a"b\n5,6\n')
    expect(indexed(bytes, 0, QUOTE))
      .to.deep.include({stopped: true})
      .and.have.property('records')
      .of.length(1)
    expect(indexed(bytes, 10, QUOTE))
      .to.deep.include({stopped: false})
      .and.have.property('records')
      .of.length(1)
  })
  it('does not take what an earlier window left behind for its own', () => {
    indexed(Buffer.from('1,2\n'.repeat(50)), 0, QUOTE)
    expect(indexed(Buffer.from('1,2\n3,'), 0, QUOTE).records).to.have.length(1)
  })
  it('finds up to 1,000 records, and no more fields than it has room for', () => {
    expect(indexed(Buffer.from('\n'.repeat(2000)), 0, QUOTE).records).to.have.length(1000)
    const wide = Buffer.from(`${','.repeat(9000)}\n`.repeat(3))
    expect(indexed(wide, 0, QUOTE))
      .to.deep.include({stopped: true})
      .and.have.property('records')
      .of.length(1)
  })

  describe('in a reader', () => {
    /** Rows of about `size` bytes each. */
    const rows = (count: number, size: number, fill = 'xyz') =>
      Array.from({length: count}, (_, i) => ({id: String(i), text: `${i},"\n`.padEnd(size, fill)}))
    const file = (records: {id: string; text: string}[]) =>
      Buffer.from(`id,text\n${records.map(({id, text}) => `${id},"${text.replaceAll('"', '""')}"\n`).join('')}`)

    it('gives the same rows wherever windows and chunks end', () => {
      for (const [count, size] of [
        [3000, 20],
        [400, 1000],
        [20, 20_000],
        [4, WINDOW - 20],
        [4, WINDOW + 20],
        [3, 200_000],
      ] as const) {
        for (const fill of ['xyz', 'xé€']) {
          const expected = rows(count, size, fill)
          const bytes = file(expected)
          for (const chunk of [bytes.length, 128 * 1024, 50_001]) {
            const places = Array.from({length: Math.ceil(bytes.length / chunk)}, (_, i) => i * chunk)
            expect(readCsv(cut(bytes, places)).values, `${count} x ${size}, by ${chunk}`).to.deep.equal(expected)
          }
        }
      }
    })
    it('gives the same rows when a record has more fields than there is room for', () => {
      const values = Array.from({length: 20_000}, (_, i) => String(i % 10))
      const columns = values.map((_, i) => `c${i}`)
      const text = `${columns.join(',')}\n${values.join(',')}\n${values.join(',')}\n`
      const [first, second, ...more] = readCsv([text]).values
      expect(Object.values(first!)).to.deep.equal(values)
      expect(second).to.deep.equal(first)
      expect(more).to.deep.equal([])
    })
    it('is not disturbed by a cast that reads another file', () => {
      const inner = Buffer.from('a,b\n9,"8"\n'.repeat(3))
      const cast = (text: string) => text + String(readCsv([inner]).values[0]!['b'])
      const text = `a,b\n${Array.from({length: 200}, (_, i) => `${i},x\n`).join('')}`
      const {values} = readCsv([text], {cast})
      expect(values).to.deep.equal(Array.from({length: 200}, (_, i) => ({a: `${i}8`, b: 'x8'})))
    })
    it('is done without where there is no WebAssembly', () => {
      const {read} = readAlone([])
      expect(readAlone(['--jitless'])).to.deep.equal({read, index: false})
    })
    it('gives the same rows where code may not be made of strings', () => {
      expect(readAlone(['--disallow-code-generation-from-strings'])).to.deep.equal(readAlone([]))
    })
    it('is done without where there is no address space for its memory', () => {
      const refuse = `WebAssembly.Instance = class {
        constructor() { throw new RangeError('WebAssembly.Instance(): Out of memory') }
      }`
      const {read, index} = readAlone([])
      expect(index).to.equal(true)
      expect(readAlone(['--import', `data:text/javascript,${encodeURIComponent(refuse)}`])).to.deep.equal({
        read,
        index: false,
      })
    })
  })
})
