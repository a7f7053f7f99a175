import {expect} from 'chai'
import fc from 'fast-check'
import {joinRows, RowWriter} from '../../../../lib/io/bigquery/inserts/row-bytes.ts'

describe('BigQuery: bytes of rows', () => {
  it('of any rows, written once, make up the text of any part of them in order', () => {
    const text = fc.oneof(
      fc.string({unit: 'grapheme'}),
      fc.nat({max: 200_000}).map(n => 'ä'.repeat(n)),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(text, fc.boolean())), list => {
        const writer = new RowWriter()
        const written = list.map(([row, kept]) => ({row, kept, bytes: writer.write(row)}))
        for (const {row, bytes} of written) expect(bytes.end - bytes.start).to.equal(Buffer.byteLength(row))
        for (const part of [written, written.filter(({kept}) => kept)]) {
          const body = joinRows(
            '[',
            part.map(({bytes}) => bytes),
            ']',
          )
          expect(body.equals(Buffer.from(`[${part.map(({row}) => row).join(',')}]`))).to.equal(true)
        }
      }),
      {numRuns: 50},
    )
  })
})
