import {appendFileSync, existsSync, mkdtempSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {RecordLog} from '../../../../lib/emulators/storage/store/record-log.ts'
import type {ObjectRecord} from '../../../../lib/emulators/storage/store/stored-object.ts'

const record = (name: string, generation: number, size = 0): ObjectRecord => ({
  name,
  generation,
  metageneration: 1,
  size,
  crc32c: '',
  timeCreated: '',
  updated: '',
  isUploaded: true,
  mtime: '0',
})

describe('RecordLog', () => {
  let dir: string
  let file: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-record-log-'))
    file = join(dir, 'records', 'b.jsonl')
  })
  afterEach(() => rmSync(dir, {recursive: true}))

  it('holds what a map would hold, in the process that wrote it and in the next', () => {
    const change = fc.record({name: fc.constantFrom('a', 'b', 'ü\n', '__proto__'), keep: fc.boolean()})
    fc.assert(
      fc.property(fc.array(change, {maxLength: 30}), changes => {
        rmSync(file, {force: true})
        const log = new RecordLog(file)
        const wanted = new Map<string, ObjectRecord>()
        for (const [at, {name, keep}] of changes.entries()) {
          if (keep) {
            log.append(record(name, at))
            wanted.set(name, record(name, at))
          } else {
            log.delete(name)
            wanted.delete(name)
          }
        }
        for (const reader of [log, new RecordLog(file)])
          for (const name of ['a', 'b', 'ü\n', '__proto__']) expect(reader.read(name)).to.deep.equal(wanted.get(name))
      }),
      {numRuns: 50},
    )
  })

  it('ignores a part of a line, and continues after the last whole one', () => {
    new RecordLog(file).append(record('a', 1))
    appendFileSync(file, '{"name":"a","gen')
    expect(new RecordLog(file).read('a')?.generation).to.equal(1)
    new RecordLog(file).append(record('b', 2))
    const log = new RecordLog(file)
    expect([log.read('a')?.generation, log.read('b')?.generation]).to.deep.equal([1, 2])
  })

  it('knows the record before the latest one, after a restart too', () => {
    const log = new RecordLog(file)
    for (const generation of [1, 2, 3]) log.append(record('a', generation))
    for (const reader of [log, new RecordLog(file)]) expect(reader.readBefore('a')?.generation).to.equal(2)
  })

  it('takes the last record back', () => {
    const log = new RecordLog(file)
    log.append(record('a', 1))
    log.append(record('a', 2))()
    log.append(record('b', 3))()
    for (const reader of [log, new RecordLog(file)]) {
      expect(reader.read('a')?.generation).to.equal(1)
      expect(reader.read('b')).to.equal(undefined)
    }
  })

  it('sees what another process appends', () => {
    const [one, other] = [new RecordLog(file), new RecordLog(file)]
    one.append(record('a', 1))
    other.append(record('b', 2))
    one.append(record('c', 3))
    for (const log of [one, other])
      expect(['a', 'b', 'c'].map(name => log.read(name)?.generation)).to.deep.equal([1, 2, 3])
  })

  it('stays small when few objects are written often', () => {
    const [log, reader] = [new RecordLog(file), new RecordLog(file)]
    log.append(record('other', 1))
    expect(reader.read('other')?.generation).to.equal(1)
    const long = 'x'.repeat(10_000)
    for (let at = 0; at < 1000; at++) log.append({...record('a', at), contentType: long})
    expect(statSync(file).size).to.be.lessThan(3 * 2 ** 20)
    for (const one of [log, reader, new RecordLog(file)])
      expect([one.read('a')?.generation, one.read('other')?.generation]).to.deep.equal([999, 1])
  })

  it('makes no file for reading, and forgets all when the file is removed', () => {
    const log = new RecordLog(file)
    expect(log.read('a')).to.equal(undefined)
    expect(existsSync(file)).to.equal(false)
    log.append(record('a', 1))
    rmSync(file)
    log.append(record('b', 2))
    expect(log.read('a')).to.equal(undefined)
    expect(log.read('b')?.generation).to.equal(2)
  })
})
