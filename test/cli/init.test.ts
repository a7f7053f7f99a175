import {spawnSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'
import {install as buildPackage, packageFolder} from '../support/package.ts'
import {SHELL_COMMAND, sluice} from './command.ts'
import {hasTerminal, terminal} from './terminal.ts'

const FILES = ['.gitignore', 'orders.csv', 'orders.test.ts', 'orders.ts', 'package.json', 'tsconfig.json']

describe('sluice init', function () {
  // each starts processes, on a machine that may be busy
  this.timeout(60_000)
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-test-'))
  })
  afterEach(() => rmSync(dir, {recursive: true}))

  it('makes a project, and says what to do next', async () => {
    const folder = join(dir, 'My Orders')
    const {code, out, err} = await sluice(['init', folder])
    expect({code, err}).to.deep.equal({code: 0, err: `Now: cd ${folder} && npm install && npm test && npm start\n`})
    expect(out.trim().split('\n').sort()).to.deep.equal(FILES.map(name => join(folder, name)))
    expect(readdirSync(folder).sort()).to.deep.equal(FILES)
    expect(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))).to.have.property('name', 'my-orders')
  })

  it('refuses a folder that holds something, with 2, and leaves it alone', async () => {
    writeFileSync(join(dir, 'mine.txt'), '')
    const {code, out, err} = await sluice(['init', dir])
    expect({code, out}).to.deep.equal({code: 2, out: ''})
    expect(err).to.match(/^sluice: .* is not empty; give a new folder, or an empty one\n$/)
    expect(readdirSync(dir)).to.deep.equal(['mine.txt'])
  })

  it('says the same on a terminal', async function () {
    if (!hasTerminal) this.skip()
    const {code, shown} = await terminal(`${SHELL_COMMAND} init ${join(dir, 'new')} | wc -l`)
    expect(code).to.equal(0)
    expect(shown)
      .to.match(/Now: cd .*new && npm install/)
      .and.to.match(/^6\r\n/m)
  })

  it('makes a project that installs, passes its test, compiles and runs', async function () {
    this.timeout(300_000)
    const {pack, project} = {pack: join(dir, 'pack'), project: join(dir, 'project')}
    const run = (cwd: string, program: string, args: string[]) =>
      spawnSync(program, args, {cwd, encoding: 'utf8', env: {...process.env, NODE_OPTIONS: '', INIT_CWD: ''}})
    mkdirSync(pack)
    buildPackage('with types')
    const packing = ['pack', '--ignore-scripts', '--silent', '--pack-destination', pack]
    const [tarball] = run(packageFolder, 'npm', packing).stdout.trim().split('\n')
    await sluice(['init', project])
    const file = join(project, 'package.json')
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as {dependencies: {sluice: string}}
    manifest.dependencies.sluice = `file:${join(pack, tarball!)}`
    writeFileSync(file, JSON.stringify(manifest))
    const quick = ['--prefer-offline', '--fetch-retries=0', '--fetch-timeout=20000']
    const install = run(project, 'npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...quick])
    if (/ENOTCACHED|ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|FETCH_ERROR/.test(install.stderr)) {
      this.test!.title += ' (skipped: npm has no registry here)'
      this.skip()
    }
    expect(install.status, install.stderr).to.equal(0)
    const test = run(project, 'npm', ['test'])
    expect(test.status, test.stdout + test.stderr).to.equal(0)
    const typecheck = run(project, 'npm', ['run', 'typecheck'])
    expect(typecheck.status, typecheck.stdout).to.equal(0)
    const start = run(project, 'npm', ['start'])
    expect(start.status, start.stderr).to.equal(0)
    expect(readFileSync(join(project, 'totals-00000-of-00001.jsonl'), 'utf8').trim().split('\n')).to.have.length(2)
  })
})
