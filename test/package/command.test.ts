import {readFileSync, writeFileSync} from 'node:fs'
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
})
