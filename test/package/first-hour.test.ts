import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import {install, node, packageFolder, project} from '../support/package.ts'

const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8')
const [section = ''] = /## From an empty folder to a first row[\s\S]*?\n## /.exec(readme) ?? []
const block = (language: string) => new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(section)?.[1] ?? ''
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const REQUIRES_ESM = major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19)

describe('the first hour of the README, with the built package', function () {
  this.timeout(120_000)
  before(() => install())

  const run = (folder: string, type: string | undefined, script: string, code: string) => {
    const dir = join(project, folder)
    mkdirSync(dir)
    writeFileSync(join(dir, 'package.json'), JSON.stringify(type === undefined ? {} : {type}))
    const [, orders = ''] = /printf '(.*)' > orders\.csv/.exec(section)!
    writeFileSync(join(dir, 'orders.csv'), orders.replaceAll('\\n', '\n'))
    writeFileSync(join(dir, script), code)
    const [, flags = ''] = /npx sluice local (.*) -- node first\.js/.exec(section)!
    const main = join(packageFolder, 'dist/cli/main.js')
    return node([main, 'local', ...flags.split(' '), '--', process.execPath, '--no-warnings', script], '', dir)
  }

  it('ends with rows of BigQuery, as an ES module', () => {
    const {status, stdout, stderr} = run('esm', 'module', 'first.js', block('js'))
    expect({status, stdout}, stderr).to.deep.equal({
      status: 0,
      stdout: "{ id: 'a', total: 1.5 }\n{ id: 'b', total: 2 }\n",
    })
  })

  it('ends with rows of BigQuery, in CommonJS', function () {
    if (!REQUIRES_ESM) return this.skip()
    const {status, stdout, stderr} = run('cjs', undefined, 'first.cjs', block('cjs'))
    expect({status, stdout}, stderr).to.deep.equal({
      status: 0,
      stdout: "{ id: 'a', total: 1.5 }\n{ id: 'b', total: 2 }\n",
    })
  })
})

describe('the names of the built package', function () {
  this.timeout(120_000)
  before(() => install())

  it('are those that are exported: of classes, errors, their stacks, and functions', () => {
    const script = `
      for (const path of ['sluice', 'sluice/testing', 'sluice/monitor', 'sluice/emulators'])
        for (const [name, value] of Object.entries(await import(path)))
          if (typeof value === 'function' && value.name !== name) console.log(path, name, value.name)
      const {SluiceError, BatchError, BigQueryError, Pipeline, create, map} = await import('sluice')
      const errors = [
        new SluiceError('ERR_SLUICE_SINK', 'x'),
        new BatchError('stage', 'table', {count: 0, rows: [], written: 0}),
        new BigQueryError('quota', 'x'),
      ]
      for (const error of errors) console.log(error.constructor.name, error.name, error.stack.split(':')[0])
      const p = new Pipeline()
      console.log(p.apply(create([1])).apply(map(x => x)).constructor.name)
      console.log(p.graph().steps.map(step => step.type).join())`
    const {stdout, stderr} = node(['--no-warnings', '--input-type=module', '-e', script])
    expect(stdout, stderr).to.equal(
      'SluiceError SluiceError SluiceError\nBatchError BatchError BatchError\n' +
        'BigQueryError BigQueryError BigQueryError\nPCollection\ncreate,map\n',
    )
  })
})
