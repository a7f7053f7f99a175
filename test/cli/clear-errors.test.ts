import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'
import {sluice} from './command.ts'

describe('one clear line', function () {
  this.timeout(60_000)
  let dir: string
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-test-'))
    writeFileSync(join(dir, 'file'), 'x')
  })
  after(() => rmSync(dir, {recursive: true}))

  it('reports a mistake in a command, and no stack', async () => {
    const file = join(dir, 'file')
    for (const args of [
      ['init', file],
      ['init', join(file, 'below')],
      ['local', '--dir', file, '--', 'true'],
      ['local', '--subscription', 'alone', '--', 'true'],
      ['local', '--seed', join(dir, 'none'), '--', 'true'],
      ['sql', 'SELECT 1', '--local', file],
      ['run', dir],
      ['run', file],
      ['check', join(dir, 'none.ts')],
      ['pipe', '--input', file, '--from', 'csv', '--schema', 'none.json', '--to', 'bq:a:b.c'],
      ['pipe', '--with', file],
      ['pipe', '--to', join(file, 'x.csv')],
    ]) {
      const {code, err} = await sluice(args)
      expect(code, args.join(' ')).to.be.oneOf([1, 2])
      expect(err, args.join(' ')).to.match(/^sluice: .*\n$/)
    }
  })
})

describe('control characters of data', function () {
  this.timeout(60_000)
  const EVIL = 'a\x1b[2J\x07\x9b31m\r'

  it('do not reach the terminal by errors, elements, or what commander quotes', async () => {
    for (const args of [
      ['pipe', '--map', 'r => { throw new Error(r) }'],
      ['pipe', '--input', `no\x1b[2J.csv`],
      ['pipe', `--${EVIL}`],
      ['pipe', '--select', 'a'],
      [EVIL],
      ['run', EVIL],
      ['run', '--help', EVIL],
    ]) {
      const {err} = await sluice(args, `${EVIL}\n`)
      expect(err, args.join(' ')).to.match(/^\P{Cc}*(?:[\n\t]\P{Cc}*)*$/u)
      expect(err.length).to.be.greaterThan(0)
    }
  })
})
