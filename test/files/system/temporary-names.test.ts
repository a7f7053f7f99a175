import {spawnSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'
import {removeLeftBehind, temporaryMark} from '../../../lib/files/system/temporary-names.ts'

describe('temporary names', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-test-'))
  })
  afterEach(() => rmSync(dir, {recursive: true}))

  /** The mark of a process that has ended. */
  const gone = () => {
    const {pid} = spawnSync(process.execPath, ['-e', ''])
    return temporaryMark().replace(`-${process.pid}-`, `-${pid}-`)
  }
  const left = (name: string) => {
    writeFileSync(join(dir, name), '')
    removeLeftBehind(dir)
    return readdirSync(dir).includes(name)
  }

  it('of a process that has ended are removed', () => {
    expect(left(`.out-${gone()}-0.tmp`)).to.equal(false)
  })
  it('are removed with what is in a folder of them', () => {
    const folder = `sluice-${gone()}`
    mkdirSync(join(dir, folder))
    writeFileSync(join(dir, folder, '0'), '')
    removeLeftBehind(dir)
    expect(readdirSync(dir)).to.deep.equal([])
  })
  it('of a process that lives stay', () => {
    expect(left(`.out-${temporaryMark()}-0.tmp`)).to.equal(true)
  })
  it('of another machine, or of another start of it, stay: nothing is known of its processes', () => {
    const mark = gone().replace(/^[0-9a-f]{8}/, '00000000')
    expect(left(`.out-${mark}-0.tmp`)).to.equal(true)
  })
  it('are not what users call their files', () => {
    for (const name of [`out-${gone()}-0.tmp`, `.out-${gone()}`, `.out-${gone()}-0.tmp.csv`, '.x.tmp', 'sluice-data'])
      expect(left(name), name).to.equal(true)
  })
  it('differ from each other', () => {
    expect(temporaryMark()).to.not.equal(temporaryMark())
  })
  it('are looked for in vain in a folder that is not there', () => {
    expect(() => removeLeftBehind(join(dir, 'no'))).to.not.throw()
  })
})
