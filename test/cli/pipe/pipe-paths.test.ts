import {appendFileSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'
import {checkPaths} from '../../../lib/cli/pipe/pipe-paths.ts'
import {shell} from '../command.ts'

describe('paths of sluice pipe that are one file', function () {
  this.timeout(60_000)
  let dir: string
  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-test-'))
    mkdirSync(join(dir, 'sub'))
    writeFileSync(join(dir, 'in.csv'), 'id\na\n')
    linkSync(join(dir, 'in.csv'), join(dir, 'hard.csv'))
    symlinkSync('bad.csv', join(dir, 'dangling.csv'))
    symlinkSync('sub', join(dir, 'folder'))
    symlinkSync('circle', join(dir, 'circle'))
  })
  after(() => rmSync(dir, {recursive: true}))

  const check = (to: string | undefined, rejects: string | undefined, input: readonly string[] = []) => {
    const path = (name: string) => (name.startsWith('gs:') ? name : `${dir}/${name}`)
    checkPaths({
      input: input.map(path),
      stdin: false,
      to: to === undefined ? undefined : path(to),
      stdout: false,
      rejects: rejects === undefined ? undefined : path(rejects),
    })
  }
  for (const [to, rejects] of [
    ['bad.csv', 'bad.csv'],
    ['./bad.csv', 'sub/../bad.csv'],
    ['dangling.csv', 'bad.csv'],
    ['bad.csv', 'dangling.csv'],
    ['folder/x.csv', 'sub/x.csv'],
    ['hard.csv', 'in.csv'],
    ['bad.csv.reasons.jsonl', 'bad.csv'],
    ['bad-2.csv', 'bad.csv'],
    ['bad-17.csv.reasons.jsonl', 'bad.csv'],
  ] as const)
    it(`--to ${to} --rejects ${rejects}`, () => {
      expect(() => check(to, rejects)).to.throw(/^--to .* and --rejects .*; give another name$/)
    })
  for (const [to, rejects] of [
    ['out.csv', 'bad.csv'],
    ['bad-x.csv', 'bad.csv'],
    ['bad-1.csv', 'bad.csv'],
    ['sub/bad.csv', 'bad.csv'],
    ['gs://b/bad.csv', 'bad.csv'],
    ['circle', 'bad.csv'],
  ] as const)
    it(`but not --to ${to} --rejects ${rejects}`, () => {
      check(to, rejects)
    })
  for (const [input, rejects] of [
    ['in.csv', './in.csv'],
    ['in.csv', 'hard.csv'],
  ] as const)
    it(`${input} --rejects ${rejects}`, () => {
      expect(() => check(undefined, rejects, [input])).to.throw('is also an input file')
    })

  it('are told before anything is read', async () => {
    const {code, out, err} = await shell(
      `sluice pipe ${dir}/in.csv --to ${dir}/new.csv --rejects ${dir}/sub/../new.csv`,
    )
    expect({code, out}).to.deep.equal({code: 2, out: ''})
    expect(err).to.match(/^sluice: --to .* and --rejects .* are the same file; give another name\n$/)
  })
  for (const line of [
    'sluice pipe DIR/grow.csv >> DIR/grow.csv',
    'sluice pipe --from csv < DIR/grow.csv >> DIR/grow.csv',
  ])
    it(line, async () => {
      appendFileSync(join(dir, 'grow.csv'), 'id\na\n')
      const {code, err} = await shell(line.replaceAll('DIR', dir))
      expect(code).to.equal(2)
      expect(err).to.include('is also standard output')
    })
})
