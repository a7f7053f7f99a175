import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'
import {RejectFiles} from '../../../../lib/cli/pipe/rejects/reject-files.ts'
import {existingRejects} from '../../../../lib/cli/pipe/rejects/reject-names.ts'
import {reorderIn} from '../../../../lib/cli/pipe/rejects/reject-order.ts'
import type {SourceRecord} from '../../../../lib/core/index.ts'

const DIALECT = {delimiter: ',', quote: '"', escape: '"', header: true}

function record(bytes: string, header?: string, {marked = false, file = 'a'} = {}): SourceRecord {
  const names = header?.trim().split(',')
  return {
    file,
    bytes: Buffer.from(bytes, 'latin1'),
    header: names && {names, bytes: Buffer.from(header!)},
    marked,
  }
}

describe('files of rejects', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-test-'))
  })
  afterEach(() => rmSync(dir, {recursive: true}))

  const write = async (records: readonly SourceRecord[], csv = {}) => {
    const files = new RejectFiles(join(dir, 'bad.csv'), reorderIn(DIALECT, csv))
    // one by one, as they may come
    for (const each of records) await files.write([{record: each, reason: '{}'}])
    const names = readdirSync(dir).filter(name => !name.endsWith('.jsonl'))
    return Object.fromEntries(names.map(name => [name, readFileSync(join(dir, name), 'latin1')]))
  }

  it('have the bytes as they were, below the header as it was', async () => {
    const lines = ['\xe9,"x\r\n"\r\n', '\0,2\n', 'c,3']
    expect(await write(lines.map(line => record(line, 'id,n\r\n')))).to.deep.equal({
      'bad.csv': `id,n\r\n${lines.join('')}`,
    })
  })
  it('have a line end between records where the file had none', async () => {
    const records = [record('a,1', 'id,n\r\n'), record('b,2', 'id,n\n', {file: 'b'})]
    expect(await write(records)).to.deep.equal({'bad.csv': 'id,n\r\na,1\r\nb,2'})
  })
  it('begin with a byte order mark if the first file did', async () => {
    expect(await write([record('a,1\n', 'id,n\n', {marked: true})])).to.deep.equal({
      'bad.csv': '\xef\xbb\xbfid,n\na,1\n',
    })
  })
  for (const [what, begin] of [
    ['a mark', '\xef\xbb\xbf'],
    ['the mark of UTF-16', '\xff\xfe'],
    ['what compressed files begin with', '\x1f\x8b'],
  ])
    it(`begin with a mark where the first record begins with ${what}, which would be taken for more than data`, async () => {
      expect(await write([record(`${begin}a\n`)])).to.deep.equal({'bad.csv': `\xef\xbb\xbf${begin}a\n`})
    })
  it('have the fields of another order in the first order, by name', async () => {
    const records = [record('1,2\n', 'a,b\n'), record('"x,y",3\r\n', 'b,a\n')]
    expect(await write(records)).to.deep.equal({'bad.csv': 'a,b\n1,2\n3,"x,y"\r\n'})
  })
  it('are two where a record of another order cannot be read', async () => {
    const records = [
      record('1,2\n', 'a,b\n'),
      record('3\n', 'b,a\n'),
      record('\xe9,4\n', 'b,a\n'),
      record('5,6\n', 'a,b\n'),
    ]
    expect(await write(records)).to.deep.equal({'bad.csv': 'a,b\n1,2\n5,6\n', 'bad-2.csv': 'b,a\n3\n\xe9,4\n'})
  })
  it('are two where columns have other names', async () => {
    const records = [record('1,2\n', 'a,b\n'), record('1,2,3\n', 'a,b,c\n'), record('1\n', 'a\n')]
    expect(await write(records)).to.deep.equal({
      'bad.csv': 'a,b\n1,2\n',
      'bad-2.csv': 'a,b,c\n1,2,3\n',
      'bad-3.csv': 'a\n1\n',
    })
  })
  it('are two where names are given by position', async () => {
    const records = [record('1,2\n', 'a,b\n'), record('3,4\n', 'b,a\n')]
    expect(await write(records, {columns: ['x', 'y']})).to.deep.equal({
      'bad.csv': 'a,b\n1,2\n',
      'bad-2.csv': 'b,a\n3,4\n',
    })
  })
  it('are a JSON array, whenever the run ends, where elements of one are set aside', async () => {
    const elements = ['{"a":\n1}', 'oops', '[]'].map(text => ({...record(text), element: true}))
    for (const [i, text] of [
      '[\n{"a":\n1}\n]\n',
      '[\n{"a":\n1},\noops\n]\n',
      '[\n{"a":\n1},\noops,\n[]\n]\n',
    ].entries()) {
      expect(await write(elements.slice(0, i + 1))).to.deep.equal({'bad.csv': text})
      rmSync(join(dir, 'bad.csv'))
    }
  })
  it('are not written over those of an earlier run', () => {
    const bad = join(dir, 'bad.csv')
    expect(existingRejects(bad)).to.equal(undefined)
    for (const other of ['bad-1.csv', 'bad-02.csv', 'bad-2.txt', 'worse-2.csv']) writeFileSync(join(dir, other), '')
    expect(existingRejects(bad)).to.equal(undefined)
    writeFileSync(join(dir, 'bad-12.csv'), '')
    expect(existingRejects(bad)).to.equal(join(dir, 'bad-12.csv'))
  })
})
