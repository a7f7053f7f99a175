import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {install, node, packageFolder, project} from '../support/package.ts'

describe('the built command', () => {
  const sluice = (args: string[], input: string) => node([join(packageFolder, 'dist/cli/main.js'), ...args], input)

  before(function () {
    this.timeout(60_000)
    install()
  })

  it('runs as it is', () => {
    const {version} = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as {version: string}
    expect(sluice(['--version'], '')).to.deep.equal({status: 0, stdout: `${version}\n`, stderr: ''})
    expect(sluice(['pipe', '--map', 'x => ({x})'], 'a\n')).to.deep.equal({status: 0, stdout: '{"x":"a"}\n', stderr: ''})
  })

  it('takes TypeScript, by tsx or by Node itself', () => {
    const file = join(project, 'steps.ts')
    writeFileSync(file, 'const length = (line: string): number => line.length\nexport default length\n')
    const {status, stdout} = sluice(['pipe', '--with', file], 'abc\n')
    expect({status, stdout}).to.deep.equal({status: 0, stdout: '3\n'})
  })

  it('says what to do about an `import` in what package.json makes CommonJS', () => {
    const folder = join(project, 'commonjs')
    mkdirSync(folder)
    writeFileSync(join(folder, 'package.json'), '{"type": "commonjs"}')
    const file = join(folder, 'steps.js')
    writeFileSync(file, "import 'node:fs'\nexport default line => line\n")
    const {status, stderr} = sluice(['pipe', '--with', file], 'abc\n')
    expect(status).to.equal(2)
    expect(stderr).to.match(
      /import statement outside a module; package.json makes it CommonJS: npm pkg set type=module/,
    )
  })

  it('takes TypeScript in a project whose package.json says no type, as `npm init` makes it', () => {
    const folder = join(project, 'typeless')
    mkdirSync(folder)
    writeFileSync(join(folder, 'package.json'), '{}')
    writeFileSync(join(folder, 'times.ts'), 'export const times = 2\n')
    const job = `import {create, defineJob, map, writeToStdout} from 'sluice'
      import {times} from './times.ts'
      export const twice = (n: string): number => Number(n) * times
      export default defineJob({name: 'twice', build(p) {
        p.apply(create(['1', '2'])).apply(map(twice)).apply(writeToStdout())
      }})`
    const file = join(folder, 'job.ts')
    writeFileSync(file, job)
    for (const args of [
      ['run', file],
      ['pipe', '--with', `${file}#twice`],
    ]) {
      const {status, stdout, stderr} = sluice(args, '1\n2\n')
      expect({args, status, stdout}, stderr).to.deep.equal({args, status: 0, stdout: '2\n4\n'})
    }
  })
})
