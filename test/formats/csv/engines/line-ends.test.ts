import {expect} from 'chai'
import fc from 'fast-check'
import type {CsvOptions} from '../../../../lib/formats/index.ts'
import {caught, cut} from '../../chunks.ts'
import {readCsv} from '../csv-reading.ts'

const ENGINES = ['fast', 'csv-parse'] as const

/** What a file gives, the same at every place where it may be cut. */
function readAtEveryCut(text: string, options: CsvOptions) {
  const bytes = Buffer.from(text)
  const {batches: _, ...whole} = readCsv([bytes], options, true)
  for (let at = 0; at <= bytes.length; at++) {
    const {batches: _, ...read} = readCsv([bytes.subarray(0, at), bytes.subarray(at)], options, true)
    expect(read).to.deep.equal(whole)
  }
  return whole
}

for (const engine of ENGINES)
  describe(`line ends, read by ${engine}`, () => {
    it('may be \\r alone', () => {
      const {values, offsets, rejects} = readAtEveryCut('id,total\r1,2\r3,4\r', {engine})
      expect(values).to.deep.equal([
        {id: '1', total: '2'},
        {id: '3', total: '4'},
      ])
      expect(offsets).to.deep.equal([9, 13])
      expect(rejects).to.deep.equal([])
    })
    it('may be \\r alone without one at the end, and without a header', () => {
      const options = {engine, header: false, columns: ['x']}
      expect(readAtEveryCut('1\r2', options).values).to.deep.equal([{x: '1'}, {x: '2'}])
    })
    it('are not what is inside quotes', () => {
      const {values} = readAtEveryCut('id,"a\rb"\r1,"x\ry"\r"""\r",3\r', {engine})
      expect(values).to.deep.equal([
        {id: '1', 'a\rb': 'x\ry'},
        {id: '"\r', 'a\rb': '3'},
      ])
    })
    it('may be all three in a file whose first is \\r', () => {
      const options = {engine, quote: null} as const
      const text = `n\r1\r\r2${'\r3'.repeat(40_000)}\r\n4\n5`
      expect(readCsv([text], options).values).to.have.length(40_004)
    })
    it('may be \\r far from the beginning', () => {
      const long = 'x'.repeat(200_000)
      expect(readCsv(cut(Buffer.from(`${long}\r1\r`), [70_000, 140_000]), {engine}).values).to.deep.equal([
        {[long]: '1'},
      ])
    })
    it('that are mixed in the header are refused, with the fix', () => {
      const {message} = caught(() => readCsv(['id,total\r1,2\n3,4\n'], {engine}))
      expect(message)
        .to.match(/^a\.csv, line 1: the header has a carriage return/)
        .and.to.match(/tr /)
    })
    it('leave a lone \\r in later records as data', () => {
      expect(readAtEveryCut('id\na\rb\n"\r"\n', {engine}).values).to.deep.equal([{id: 'a\rb'}, {id: '\r'}])
    })
    it('give the same as \\n does, however the file is cut', () => {
      const field = fc.oneof(
        fc.constantFrom('', 'a', '1.5', 'é😀', 'x y'),
        fc.constantFrom('', ',', '\r', '""', 'é', ' ', '\r""\r').map(inner => `"${inner}"`),
      )
      const records = fc.array(fc.tuple(field, field))
      fc.assert(
        fc.property(records, fc.array(fc.nat(80)), (list, cuts) => {
          const lines = ['a,b', ...list.map(fields => fields.join(','))]
          const mac = readCsv(cut(Buffer.from(`${lines.join('\r')}\r`), cuts), {engine}, true)
          const unix = readCsv([`${lines.join('\n')}\n`], {engine}, true)
          expect([mac.values, mac.offsets, mac.rejects]).to.deep.equal([unix.values, unix.offsets, unix.rejects])
        }),
        {numRuns: 300},
      )
    })
    it('set a bad record aside by its line', () => {
      const [reject] = readAtEveryCut('a,b\r1,2\r3\r4,5\r', {engine}).rejects
      expect(reject).to.include({raw: '3', line: 3, byteOffset: 8, error: 'the record has 1 field instead of 2'})
    })
    it('are found after a quote that \\ escapes', () => {
      const {values} = readCsv(['a,b\r"x\\"\r",1\r2,3\r'], {escape: '\\'})
      expect(values).to.deep.equal([
        {a: 'x"\r', b: '1'},
        {a: '2', b: '3'},
      ])
    })
    it('do not hide UTF-16 without a byte order mark', () => {
      for (const text of [Buffer.from('id,n\n1,2\n', 'utf16le'), Buffer.from('id,n\n1,2\n', 'utf16le').swap16()])
        expect(caught(() => readCsv([text], {engine}))).to.include({code: 'ERR_SLUICE_ENCODING'})
    })
  })
