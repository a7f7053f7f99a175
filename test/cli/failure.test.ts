import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {buildSync} from 'esbuild'
import {sluice} from './command.ts'

const root = new URL('../..', import.meta.url).pathname

/** A job whose step is this; `HERE` marks the place that must be shown. */
const jobOf = (step: string, sink = 'discard()') => `
import {setTimeout as sleep} from 'node:timers/promises'
import {asMap, create, defineJob, discard, DoFn, filter, flatMap, map, parDo, Sink} from 'sluice'

interface Unused {
  /** Types go away: lines move. */
  id: number
}

export default defineJob({
  name: 'failing',
  build(p) {
    const values = p.apply('Read', create([1, 2]))
    ${step}
    values.apply('Step', step as never as ReturnType<typeof map<number, number>>).apply('Write', ${sink} as never)
  },
})
`

/** Ways in which user code fails. */
const STEPS: Record<string, string> = {
  'a function that throws': `const step = map((n: number) => { throw new /*HERE*/Error('boom') })`,
  'a promise that rejects': `const step = map(async (n: number) => { await sleep(1); throw new /*HERE*/Error('boom') })`,
  'a function that calls a library': `const step = map((n: number) => JSON./*HERE*/parse('boom{'))`,
  'a filter': `const step = filter((n: number) => { throw new /*HERE*/Error('boom') })`,
  'flatMap with a generator': `const step = flatMap(function* (n: number) { yield n; throw new /*HERE*/Error('boom') })`,
  'an async generator': `const step = parDo(async function* (n: number) { yield n; await sleep(1); throw new /*HERE*/Error('boom') })`,
  setup: `const step = new (class extends DoFn<number, number> { override setup() { throw new /*HERE*/Error('boom') } process() {} })()`,
  startBundle: `const step = new (class extends DoFn<number, number> { override async startBundle() { throw new /*HERE*/Error('boom') } process() {} })()`,
  finishBundle: `const step = new (class extends DoFn<number, number> { override *finishBundle() { throw new /*HERE*/Error('boom') } process() {} })()`,
  teardown: `const step = new (class extends DoFn<number, number> { override teardown() { throw new /*HERE*/Error('boom') } process() {} })()`,
  'a key function of a side input': `const step = map((n: number, c) => c.side.x.get(n), {side: {x: asMap(create([1]), () => { throw new /*HERE*/Error('boom') })}})`,
  'an error with a cause': `const step = map((n: number) => { throw new /*HERE*/Error('boom', {cause: new Error('inner')}) })`,
  'what is thrown and no Error, by where the step is made': `const step = /*HERE*/map((n: number) => { throw 'boom' })`,
  'nothing that is thrown': `const step = /*HERE*/map((n: number) => { throw undefined })`,
  'build()': `throw new /*HERE*/Error('boom'); const step = 1`,
  'an option that is wrong': `const step = /*HERE*/map((n: number) => n, {concurrency: -1})`,
}

describe('where the user’s code failed', function () {
  this.timeout(60_000)
  let dir: string
  before(() => {
    // below the package, so that 'sluice' is found
    mkdirSync(join(root, '.sluice'), {recursive: true})
    dir = mkdtempSync(join(root, '.sluice', 'failure-'))
  })
  after(() => rmSync(dir, {recursive: true}))

  const file = (name: string, code: string) => {
    const path = join(dir, name)
    writeFileSync(path, code)
    const before = code.slice(0, code.indexOf('/*HERE*/')).split('\n')
    // a mark is taken for white space: the column is behind it, or before where an expression begins with it
    return {path, line: before.length, column: before.at(-1)!.length + 1}
  }

  const lookAt = (text: string, path: string) => {
    const [, line, column] =
      new RegExp(`at [^\\n]*${path.slice(path.lastIndexOf('/') + 1)}:(\\d+):(\\d+)`).exec(text) ?? []
    return {line: Number(line), column: Number(column)}
  }

  /** What a user's build makes of it. */
  const compiled = (path: string) => {
    const outfile = path.replace(/ts$/, 'mjs')
    const options = {bundle: false, format: 'esm', target: 'node20.19', sourcemap: true} as const
    buildSync({entryPoints: [path], outfile, ...options})
    return outfile
  }

  for (const [i, [what, step]] of Object.entries(STEPS).entries())
    it(`is reported for ${what}: file, line and column of the TypeScript source`, async () => {
      const {path, line, column} = file(`job-${i}.ts`, jobOf(step))
      // a loader of TypeScript takes twice as long as everything else: one way in four goes through it
      const {code, err} = await sluice(['run', i % 4 === 0 ? path : compiled(path), '--quiet'])
      expect(code).to.be.oneOf([1, 2])
      const found = lookAt(err, path)
      expect(found.line, err).to.equal(line)
      // of \`new Error\` it is \`new\`, of a call the name that is called
      expect(found.column, err).to.be.within(column - 5, column + 8)
    })

  it('is told with --json and --log json, with the stack', async () => {
    const {path, line} = file('json.ts', jobOf(STEPS['a promise that rejects']!))
    const {error} = JSON.parse((await sluice(['run', path, '--json', '--quiet'])).out) as {
      error: {at: object; stack: string}
    }
    expect(error.at).to.include({file: path, line})
    expect(error.stack).to.match(/^Error: boom\n {4}at .*json\.ts:/)
    const lines = (await sluice(['run', path, '--log', 'json'])).err.trim().split('\n')
    const logged = JSON.parse(lines.at(-1)!) as {at: object; stack: string}
    expect(logged.at).to.include({file: path, line})
    expect(logged.stack).to.match(/^Error: boom\n {4}at /)
  })

  it('is told with --json and --log json when nothing was read: of build(), of an import, of an option', async () => {
    const helper = file('json-helper.ts', 'interface Unused {\n  a: 1\n}\nthrow new /*HERE*/Error("no")\n')
    const importing = file('json-importing.ts', `import './json-helper.ts'\nexport const job: number = 1\n`)
    const build = file('json-build.ts', jobOf(STEPS['build()']!))
    for (const [path, place, code] of [
      [build.path, build, 1],
      [importing.path, helper, 2],
      [file('json-none.ts', 'export const job: number = 1\n').path, undefined, 2],
    ] as const) {
      const json = await sluice(['run', path, '--json'])
      const {state, error} = JSON.parse(json.out) as {state: string; error: {message: string; at?: object}}
      expect([json.code, state]).to.deep.equal([code, 'failed'])
      const logged = (await sluice(['run', path, '--log', 'json'])).err.trim().split('\n')
      const {severity, message, at} = JSON.parse(logged.at(-1)!) as {severity: string; message: string; at?: object}
      expect([severity, message]).to.deep.equal(['ERROR', error.message])
      for (const told of [error.at, at])
        if (place) expect(told).to.include({file: place.path, line: place.line})
        else expect(told).to.equal(undefined)
    }
  })

  it('is told with its stack and those of causes by --stack, and without one otherwise', async () => {
    const {path} = file('stack.ts', jobOf(STEPS['an error with a cause']!))
    const plain = (await sluice(['run', path, '--quiet'])).err
    expect(plain).to.match(/^sluice: Step: boom\n {2}caused by: inner\n {2}at .*stack\.ts:\d+:\d+\n {2}element: 1\n$/)
    const {err} = await sluice(['run', path, '--quiet', '--stack'])
    expect(err)
      .to.match(/\n {4}Error: boom\n {8}at .*stack\.ts:/)
      .and.match(/\n {4}caused by: Error: inner\n {8}at /)
  })

  it('is reported for modules that fail while they are imported, or have a syntax error', async () => {
    writeFileSync(join(dir, 'bad.mjs'), 'export const a = 1\nconst b = a b\n')
    for (const [name, code, at] of [
      ['throws.mjs', '\n\nthrow new Error("no")\n', 'throws.mjs:3:7'],
      ['rejects.ts', 'const x: number = 1\nawait Promise.reject(new Error("no"))\nexport {x}\n', 'rejects.ts:2:22'],
      ['syntax.mjs', 'const a = 1\nconst b = a b\n', 'syntax.mjs:2:13'],
      ['syntax.cjs', 'const a = 1\nconst b = a b\n', 'syntax.cjs:2:13'],
      ['syntax.ts', 'const a: number = 1\nconst b: = 2\n', 'syntax.ts:2:10'],
      ['imports.mjs', "import './bad.mjs'\n", 'bad.mjs:2:13'],
    ] as const) {
      writeFileSync(join(dir, name), code)
      const {code: exit, err} = await sluice(['run', join(dir, name)])
      expect(exit).to.equal(2)
      expect(err)
        .to.match(/^sluice: .* could not be loaded: .*\n {2}at \S+\n$/)
        .and.include(at)
    }
  })

  it('is reported for compiled JavaScript by its source map', async () => {
    const code = 'export const fail = n => {\n  throw new Error("boom");\n};\n'
    // line 2, column 9 came of line 4, column 3
    const map = {version: 3, sources: ['source.ts'], names: [], mappings: 'AAAA;QAGE'}
    writeFileSync(join(dir, 'source.ts'), '')
    writeFileSync(join(dir, 'compiled.mjs'), `${code}//# sourceMappingURL=compiled.mjs.map\n`)
    writeFileSync(join(dir, 'compiled.mjs.map'), JSON.stringify(map))
    const {err} = await sluice(['pipe', '--with', `${join(dir, 'compiled.mjs')}#fail`], 'a\n')
    expect(err).to.match(/\n {2}at .*source\.ts:4:3\n$/)
  })

  it('is reported for sluice pipe --with, and kept with the reasons', async () => {
    const {path, line} = file(
      'steps.ts',
      `export const fail = (n: string): string => {\n  throw new /*HERE*/Error('boom')\n}\n`,
    )
    const {err} = await sluice(['pipe', '--with', `${path}#fail`], 'a\n')
    expect(err).to.match(
      new RegExp(`^sluice: 1 record could not be processed: fail: boom.*\\n {2}at .*steps\\.ts:${line}:\\d+\\n$`),
    )
    const stacked = await sluice(['pipe', '--with', `${path}#fail`, '--stack'], 'a\n')
    expect(stacked.err).to.match(/\n {4}Error: boom\n {8}at .*steps\.ts:/)
  })

  it('is reported for functions in the command line, by expression and column', async () => {
    for (const [args, at] of [
      [['--map', 'r => r.a.b'], '--map:1:10: r => r.a.b'],
      [
        ['--filter', 'async r => { await 1; throw new Error("x") }'],
        '--filter:1:29: async r => { await 1; throw new Error("x") }',
      ],
      [['--map', 'r => r', '--map', 'r =>\n  r.a.b'], '--map 2:2:7:   r.a.b'],
      [['--flat-map', `${'r => ['.padEnd(120)}r.a.b]`], '--flat-map:1:125: …'],
    ] as const) {
      const {err} = await sluice(['pipe', ...args], 'a\n')
      expect(err).to.include(`\n  at ${at}`)
    }
    const {err} = await sluice(['pipe', '--map', 'r, => 1'], '')
    expect(err).to.include("--map 'r, => 1': Unexpected token '=>' at column 4")
  })
})
