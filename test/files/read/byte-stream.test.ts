import {PassThrough, Readable} from 'node:stream'
import {expect} from 'chai'
import {readFromCsv} from '../../../lib/io/csv/index.ts'
import {readFromText} from '../../../lib/io/text/index.ts'
import {failureOf} from '../fixtures.ts'

const bytes = (text: string) => Readable.from([Buffer.from(text)], {objectMode: false})

describe('a byte stream in place of files', () => {
  it('is read as CSV', async () => {
    expect(await readFromCsv(bytes('a,b\n1,"2\n3"\n')).toArray()).to.deep.equal([{a: '1', b: '2\n3'}])
  })
  it('is read as text', async () => {
    expect(await readFromText(bytes('h\na\nb'), {skipHeaderLines: 1}).toArray()).to.deep.equal(['a', 'b'])
  })
  it('fails with the error of the stream as the cause', async () => {
    const stream = new PassThrough()
    const cause = new Error('no')
    const reading = readFromText(stream).toArray()
    stream.destroy(cause)
    expect(await failureOf(reading)).to.deep.include({code: 'ERR_SLUICE_READ', cause})
  })
  it('is destroyed when its source is told to end, which is not an error', async () => {
    const stream = new PassThrough()
    const source = readFromText(stream)
    stream.write('a\n')
    const lines: string[] = []
    for await (const line of source) {
      lines.push(line)
      source.endEarly()
    }
    expect({lines, destroyed: stream.destroyed}).to.deep.equal({lines: ['a'], destroyed: true})
  })
  it('is refused in object mode', () => {
    expect(() => readFromCsv(Readable.from(['a']))).to.throw(/option `pattern` is .*a Readable of bytes/s)
  })
})
