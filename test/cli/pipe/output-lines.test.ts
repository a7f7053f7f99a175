import {expect} from 'chai'
import {outputLines} from '../../../lib/cli/pipe/output-lines.ts'
import type {Format} from '../../../lib/cli/pipe/record-formats.ts'

const DIALECT = {delimiter: ',', quote: '"', escape: '"', header: true}

function written(format: Format, values: readonly unknown[], columns?: readonly string[], header = true): string[] {
  const output = outputLines(format, {...DIALECT, header})
  return [...values.flatMap(value => output.line(value).split('\n')), ...output.end(columns)]
}

describe('the lines of an output', () => {
  for (const values of [[], [1], [{a: 1}, 'x\ny', [2]]])
    it(`are one JSON array of ${values.length} values`, () => {
      expect(JSON.parse(written('json', values).join('\n'))).to.deep.equal(values)
    })
  it('hold a BigInt of an array as its digits', () => {
    expect(written('json', [{n: 2n ** 70n}])).to.deep.equal(['[', '{"n":1180591620717411303424}', ']'])
  })
  it('of JSON end the same however often that is asked', () => {
    const output = outputLines('json', DIALECT)
    output.line(1)
    expect([output.end(), output.end()]).to.deep.equal([
      ['1', ']'],
      ['1', ']'],
    ])
  })
  it('of an array continue after a value that has no form', () => {
    const output = outputLines('json', DIALECT)
    output.line(1)
    expect(() => output.line({a: Number.NaN})).to.throw()
    expect([output.line(2), ...output.end()]).to.deep.equal(['1,', '2', ']'])
  })
  it('have the header of no rows, where columns are known', () => {
    expect(written('csv', [], ['id', 'a,b'])).to.deep.equal(['id,"a,b"'])
    expect(written('csv', [])).to.deep.equal([])
  })
  it('have no header that is not wanted', () => {
    expect(written('csv', [], ['id'], false)).to.deep.equal([])
    expect(written('csv', [{id: 1}], ['id'], false)).to.deep.equal(['1'])
  })
  it('have the header once', () => {
    expect(written('csv', [{id: 1}, {id: 2}], ['id'])).to.deep.equal(['id', '1', '2'])
  })
})
