import {spawnSync} from 'node:child_process'
import {mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What examples need not import: all that is public, and a few names of Node, Google's clients and chai. */
const PUBLIC = {
  sluice: 'lib/index.ts',
  'sluice/testing': 'lib/testing/index.ts',
  'sluice/monitor': 'lib/monitor/index.ts',
  'sluice/emulators': 'lib/emulators/index.ts',
}
const OTHERS = [
  ['pipeline', 'node:stream/promises'],
  ['Transform', 'node:stream'],
  ['createServer', 'node:http'],
  ['Storage', '@google-cloud/storage'],
  ['expect', 'chai'],
] as const

interface Example {
  readonly place: string
  readonly file: string
  readonly code: string
}

function examplesOf(file: string): Example[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(/\/\*\*(?:(?!\*\/)[\s\S])*?@example\n([\s\S]*?)\*\//g)].map(
    ({0: whole, 1: body = '', index}) => ({
      place: `${file}:${text.slice(0, index + whole.indexOf('@example')).split('\n').length}`,
      file,
      code: body.replace(/^ *\* ?/gm, '').trim(),
    }),
  )
}

const examples = readdirSync(join(root, 'lib'), {recursive: true, encoding: 'utf8'})
  .filter(name => name.endsWith('.ts'))
  .sort()
  .flatMap(name => examplesOf(`lib/${name}`))

/** The names that a module exports, types too. */
function exportsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  const lists = [...text.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, list = '']) => list.split(','))
  const all = [...text.matchAll(/export \* from '\.\/(.*)'/g)].flatMap(([, path]) => exportsOf(join(file, '..', path!)))
  return [...lists.map(name => name.replace(/^\s*type\s/, '').trim()).filter(Boolean), ...all]
}

describe('the docstrings', () => {
  const folder = join(root, '.sluice', `docstrings-${process.pid}`)
  before(() => void mkdirSync(folder, {recursive: true}))
  after(() => rmSync(folder, {recursive: true, force: true}))

  it('have only examples that compile under strict, with nothing but their imports added', () => {
    const names = Object.entries(PUBLIC).flatMap(([module, file]) =>
      exportsOf(file).map(name => [name, module] as const),
    )
    const places = new Map<string, string>()
    for (const {place, file, code} of examples) {
      // what is not public is documented for those who change it
      const own = [...readFileSync(join(root, file), 'utf8').matchAll(/^export (?:class|function|const) (\w+)/gm)].map(
        ([, name = '']) => [name, `../../${file}`] as const,
      )
      const room = `${/^lib\/(?:io\/)?[^/]+/.exec(file)![0]}/index.ts`
      const inside = exportsOf(room).map(name => [name, `../../${room}`] as const)
      const free = new Map<string, string>()
      for (const [name, from] of [...OTHERS, ...own, ...inside, ...names])
        if (new RegExp(`(?<![.\\w'])${name}(?![\\w'])`).test(code)) free.set(name, from)
      const imports = [...free].map(([name, from]) => `import {${name}} from '${from}'\n`)
      const module = `${place.replace(/\W/g, '-')}.ts`
      places.set(module, place)
      writeFileSync(join(folder, module), `${imports.join('')}\n${code}\nexport {}\n`)
    }
    const compilerOptions = {types: ['node'], verbatimModuleSyntax: false, noImplicitOverride: true}
    const config = {extends: '../../tsconfig.json', compilerOptions, include: ['*.ts']}
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const {stdout} = spawnSync(process.execPath, [tsc, '-p', folder], {encoding: 'utf8'})
    const told = stdout.replace(/^.*?([\w-]+\.ts)(?=\()/gm, (whole, file: string) => places.get(file) ?? whole)
    expect(told).to.equal('')
  }).timeout(60_000)

  it('have examples at all', () => {
    expect(examples.length).to.be.greaterThan(70)
  })
})
