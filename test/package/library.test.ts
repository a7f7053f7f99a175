import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {build} from 'esbuild'
import {install, node, npm, packageFolder, project, tool} from '../support/package.ts'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
/** Node that can `require` ES modules without a flag. */
const REQUIRES_ESM = major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19)

const JOB = `
import {DoFn, Pipeline, create, writeToStdout} from 'sluice'
class Half extends DoFn<number, number> { *process(n: number) { yield n / 2 } }
const p = new Pipeline({name: 'halves'})
p.apply('Numbers', create([1, 2])).apply('Half', new Half()).apply('Write', writeToStdout())
`

describe('the package, installed in an empty project', () => {
  const manifest = () =>
    JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as {exports: Record<string, unknown>}
  const names = () =>
    Object.keys(manifest().exports)
      .map(path => path.replace('.', 'sluice'))
      .filter(name => !name.endsWith('.json'))

  before(function () {
    this.timeout(60_000)
    install('with types')
  })

  it('gives every path of its exports to `import`', () => {
    for (const name of names()) {
      const {stdout, stderr} = node(['-e', `import('${name}').then(m => console.log(Object.keys(m).length > 0))`])
      expect({name, stdout, stderr}).to.deep.equal({name, stdout: 'true\n', stderr: ''})
    }
  })

  it('gives every path of its exports to `require`', function () {
    if (!REQUIRES_ESM) return this.skip()
    writeFileSync(join(project, 'old.cjs'), 'console.log(Object.keys(require(process.argv[2])).length > 0)')
    for (const name of names()) {
      const {stdout, stderr} = node(['--no-warnings', 'old.cjs', name])
      expect({name, stdout, stderr}).to.deep.equal({name, stdout: 'true\n', stderr: ''})
    }
  })

  describe('in strict TypeScript with skipLibCheck off', () => {
    const check = (compiler: string) => {
      const lines = names().map((name, i) => `import * as m${i} from '${name}'; export const e${i} = m${i}`)
      writeFileSync(join(project, 'job.ts'), lines.join('\n') + JOB)
      const compilerOptions = {strict: true, skipLibCheck: false, module: 'nodenext', target: 'es2022', noEmit: true}
      const config = {compilerOptions: {...compilerOptions, types: ['node']}, files: ['job.ts']}
      writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config))
      return node([tool(`${compiler}/bin/tsc`), '-p', '.'])
        .stdout.split('\n')
        .filter(Boolean)
    }

    it('has types that hold with TypeScript 5', () => {
      expect(check('typescript-5')).to.deep.equal([])
    }).timeout(60_000)

    it('has types that hold with the newest TypeScript, which finds fault with a package of Google', () => {
      expect(check('typescript').filter(line => !line.includes('@google-cloud/precise-date'))).to.deep.equal([])
    }).timeout(60_000)
  })

  describe('in the bundle of a user', () => {
    const bundle = async (code: string) => {
      const stdin = {contents: code, resolveDir: project}
      const {outputFiles} = await build({
        stdin,
        bundle: true,
        write: false,
        format: 'esm',
        platform: 'node',
        external: ['@google-cloud/*'],
        logLevel: 'silent',
      })
      return outputFiles[0]!.text
    }

    it('opens the dead letters of another connector for a verb that is imported alone', async () => {
      for (const [verb, options] of [
        ['writeToBigQuery', "{table: 'd.t', deadLetter: {topic: 'rejects'}}"],
        ['writeToPubSub', "{topic: 't', deadLetter: {table: 'd.rejects'}}"],
      ] as const) {
        const code = await bundle(`import {${verb}} from 'sluice'; console.log(${verb}(${options}).writable)`)
        writeFileSync(join(project, 'bundle.mjs'), code)
        const {stdout, stderr} = node(['bundle.mjs'])
        expect({stdout, stderr}).to.deep.equal({stdout: 'true\n', stderr: ''})
      }
    }).timeout(20_000)

    it('leaves out connectors that are not used', async () => {
      const code = await bundle("import {map} from 'sluice'; console.log(map)")
      expect(code).to.not.include('insertAll').and.not.include('@google-cloud')
      // core alone: about 175 kB, with the line breaks that esbuild puts in again
      expect(code.length).to.be.lessThan(190_000)
    }).timeout(20_000)
  })

  it('is laid out as publint wants it', function () {
    this.timeout(60_000)
    const {status, stdout} = node([tool('publint/src/cli.js'), packageFolder, '--strict', '--pack', 'false'])
    expect({status, clean: /All good!/.test(stdout)}, stdout).to.deep.equal({status: 0, clean: true})
  })

  it('has a tarball of less than 700 kB', function () {
    this.timeout(60_000)
    const {stdout} = npm(['pack', '--dry-run', '--json', '--ignore-scripts'])
    const [packed] = JSON.parse(stdout) as {size: number}[]
    expect(packed?.size).to.be.within(100_000, 700_000)
  })
})
