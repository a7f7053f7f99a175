import {execFileSync} from 'node:child_process'
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {dirname, join, relative, resolve} from 'node:path'
import {expect} from 'chai'

const root = resolve(import.meta.dirname, '..')

/** Rooms by level; imports go downward only, rooms of one level do not import each other. */
const LEVELS: readonly (readonly string[])[] = [
  ['util'],
  ['errors'],
  ['core'],
  ['windowing', 'state', 'files', 'formats', 'batching'],
  ['transforms', 'io/text', 'io/csv', 'io/json', 'io/stdio', 'io/pubsub', 'io/bigquery'],
  ['pipeline', 'sinks'],
  ['runners', 'monitor', 'check'],
  ['testing', 'emulators'],
  ['cli'],
]
/**
 * The sub-rooms of a room, from the lowest up: a file imports from its own sub-room and from those before it. The files that
 * stand in the room itself come last.
 */
const SUB_ROOMS: Readonly<Record<string, readonly string[]>> = {
  files: ['codecs', 'system', 'gcs', 'local', 'match', 'checkpoint', 'parts', 'read', 'write'],
  formats: ['bytes', 'numbers', 'text', 'json', 'types', 'csv'],
  'formats/csv': ['options', 'scan', 'rows', 'engines'],
}
/** Rooms that may import less than their level allows: up to this level. */
const CEILING: Readonly<Record<string, number>> = {emulators: 1}

interface Import {
  from: string
  /** The imported file, undefined for a package. */
  to: string | undefined
  typeOnly: boolean
}

const files = sourceFiles(join(root, 'lib'))
const imports = files.flatMap(importsOf)

function sourceFiles(dir: string): string[] {
  return (readdirSync(dir, {recursive: true}) as string[])
    .filter(file => file.endsWith('.ts'))
    .map(file => join(dir, file))
    .sort()
}

function importsOf(file: string): Import[] {
  const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  const statements = code.matchAll(
    /^(import|export)\s+(type\s)?[^'"`;]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm,
  )
  return [...statements].map(([, , type, named, bare, dynamic]) => {
    const specifier = named ?? bare ?? dynamic ?? ''
    return {
      from: file,
      to: specifier.startsWith('.') ? resolve(dirname(file), specifier) : undefined,
      typeOnly: type !== undefined,
    }
  })
}

const show = (file: string) => relative(root, file)

/** The room of a file: the folder below lib, two folders for connectors; '' for lib/index.ts. */
function roomOf(file: string): string {
  const folders = dirname(relative(join(root, 'lib'), file)).split('/')
  return folders[0] === '.' ? '' : folders.slice(0, folders[0] === 'io' ? 2 : 1).join('/')
}

/** The folder below `room` in which a file stands; '' for a file in the room itself. */
function subRoomOf(room: string, file: string): string {
  const [folder = '', ...rest] = relative(join(root, 'lib', room), file).split('/')
  return rest.length === 0 ? '' : folder
}

const isIn = (room: string, file: string) => file.startsWith(join(root, 'lib', room, '/'))

const levelOf = (room: string) => LEVELS.findIndex(rooms => rooms.includes(room))

describe('the house', () => {
  it('has files to look at', () => {
    expect(files.length).to.be.greaterThan(50)
    expect(imports.filter(i => i.to).length).to.be.greaterThan(100)
  })

  it('has only rooms whose level is known', () => {
    const unknown = new Set(files.map(roomOf).filter(room => room !== '' && levelOf(room) < 0))
    expect([...unknown]).to.deep.equal([])
  })

  it('imports existing files only, inside lib', () => {
    const wrong = imports.filter(({to}) => to && !(existsSync(to) && to.startsWith(join(root, 'lib'))))
    expect(wrong.map(i => `${show(i.from)} -> ${show(i.to!)}`)).to.deep.equal([])
  })

  it('has imports that go downward only, types included', () => {
    const wrong = imports.filter(({from, to}) => {
      const [here, there] = [roomOf(from), to === undefined ? undefined : roomOf(to)]
      if (there === undefined || here === '' || here === there) return false
      return (
        there === '' || levelOf(there) >= levelOf(here) || levelOf(there) > (CEILING[here] ?? Number.POSITIVE_INFINITY)
      )
    })
    expect(wrong.map(i => `${show(i.from)} -> ${show(i.to!)}`)).to.deep.equal([])
  })

  for (const [room, order] of Object.entries(SUB_ROOMS)) {
    const heightOf = (file: string) => {
      const sub = subRoomOf(room, file)
      return sub === '' ? order.length : order.indexOf(sub)
    }

    it(`has sub-rooms of ${room} whose order is known`, () => {
      const here = files.filter(file => isIn(room, file))
      expect(new Set(here.map(file => subRoomOf(room, file)).filter(Boolean))).to.deep.equal(new Set(order))
    })

    it(`has imports between sub-rooms of ${room} that go downward only, types included`, () => {
      const wrong = imports.filter(
        ({from, to}) =>
          to !== undefined &&
          isIn(room, from) &&
          isIn(room, to) &&
          subRoomOf(room, from) !== subRoomOf(room, to) &&
          heightOf(to) > heightOf(from),
      )
      expect(wrong.map(i => `${show(i.from)} -> ${show(i.to!)}`)).to.deep.equal([])
    })
  }

  it('imports another room through its index.ts', () => {
    const wrong = imports.filter(({from, to}) => {
      if (to === undefined || roomOf(from) === roomOf(to)) return false
      // connectors have no index: lib/index.ts names what of them is public
      return !to.endsWith('/index.ts') && !(roomOf(from) === '' && roomOf(to).startsWith('io/'))
    })
    expect(wrong.map(i => `${show(i.from)} -> ${show(i.to!)}`)).to.deep.equal([])
  })

  it('has no import of lib/index.ts from inside', () => {
    const wrong = imports.filter(({to}) => to === join(root, 'lib', 'index.ts'))
    expect(wrong.map(i => show(i.from))).to.deep.equal([])
  })

  it('has no import cycle at run time', () => {
    expect(cycle()?.map(show)).to.equal(undefined)
  })

  it('has no file of more than 250 lines', () => {
    const long = files.filter(file => readFileSync(file, 'utf8').trimEnd().split('\n').length > 250)
    expect(long.map(show)).to.deep.equal([])
  })

  it('has kebab-case file names', () => {
    const odd = [...files, ...sourceFiles(join(root, 'test'))].filter(
      file => !/^[a-z0-9-]+(\.test)?\.ts$/.test(file.split('/').at(-1)!),
    )
    expect(odd.map(show)).to.deep.equal([])
  })

  it('names no path or host of a machine', function () {
    if (!existsSync(join(root, '.git'))) return this.skip()
    const tracked = execFileSync('git', ['ls-files', '-z'], {cwd: root, encoding: 'utf8'}).split('\0')
    const found: string[] = []
    for (const file of tracked) {
      const path = join(root, file)
      if (!file || !existsSync(path)) continue
      const text = readFileSync(path, 'latin1')
      for (const pattern of MACHINE) if (pattern.test(text)) found.push(`${file}: ${pattern.exec(text)![0]}`)
    }
    expect(found).to.deep.equal([])
  })

  it('says in docs/deploy.md what each direct dependency weighs and is for', () => {
    const {dependencies} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {dependencies: object}
    const [, table = ''] = readFileSync(join(root, 'docs/deploy.md'), 'utf8').split('## What is installed')
    const rows = [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name)
    expect(rows.sort()).to.deep.equal(Object.keys(dependencies).sort())
  })
})

/** Home folders, this checkout, and package registries other than npm's own. */
const MACHINE = [
  /\/(?:home|Users)\/[a-z][\w.-]*\//,
  /\/root\/[\w.-]/,
  new RegExp(`${root.replaceAll(/[.\\+*?[^\]$(){}=!<>|:-]/g, '\\$&')}/`),
  /"resolved": "https?:\/\/(?!registry\.npmjs\.org\/)[^"]*/,
  /^\s*registry\s*=\s*\S+/m,
]

function cycle(): string[] | undefined {
  const next = new Map<string, string[]>()
  for (const {from, to, typeOnly} of imports) {
    if (to && !typeOnly) next.set(from, [...(next.get(from) ?? []), to])
  }
  const done = new Set<string>()
  const path: string[] = []
  const visit = (file: string): string[] | undefined => {
    const at = path.indexOf(file)
    if (at >= 0) return [...path.slice(at), file]
    if (done.has(file)) return undefined
    path.push(file)
    for (const to of next.get(file) ?? []) {
      const found = visit(to)
      if (found) return found
    }
    path.pop()
    done.add(file)
    return undefined
  }
  for (const file of files) {
    const found = visit(file)
    if (found) return found
  }
  return undefined
}
