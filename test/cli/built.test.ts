import {spawnSync} from 'node:child_process'
import {mkdirSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the built command', () => {
  const folder = join(root, '.sluice', `built-${process.pid}`)
  const sluice = (args: string[], input: string) => {
    const {status, stdout, stderr} = spawnSync(process.execPath, [join(folder, 'dist/cli/main.js'), ...args], {
      input,
      encoding: 'utf8',
      // without what runs TypeScript for the tests themselves
      env: {...process.env, NODE_OPTIONS: ''},
    })
    return {status, stdout, stderr}
  }

  before(function () {
    this.timeout(60_000)
    mkdirSync(folder, {recursive: true})
    writeFileSync(join(folder, 'package.json'), '{"type": "module", "version": "1.2.3"}')
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const args = [tsc, '-p', join(root, 'tsconfig.build.json'), '--outDir', join(folder, 'dist')]
    expect(spawnSync(process.execPath, args, {encoding: 'utf8'}).stdout).to.equal('')
  })
  after(() => rmSync(folder, {recursive: true, force: true}))

  it('runs as it is', () => {
    expect(sluice(['--version'], '')).to.deep.equal({status: 0, stdout: '1.2.3\n', stderr: ''})
    expect(sluice(['pipe', '--map', 'x => ({x})'], 'a\n')).to.deep.equal({status: 0, stdout: '{"x":"a"}\n', stderr: ''})
  })

  it('takes TypeScript, by tsx or by Node itself', () => {
    const file = join(folder, 'steps.ts')
    writeFileSync(file, 'const length = (line: string): number => line.length\nexport default length\n')
    const {status, stdout} = sluice(['pipe', '--with', file], 'abc\n')
    expect({status, stdout}).to.deep.equal({status: 0, stdout: '3\n'})
  })
})
