import {execFileSync} from 'node:child_process'
import {existsSync, readdirSync, readFileSync} from 'node:fs'
import {dirname, join, relative, resolve} from 'node:path'
import {expect} from 'chai'
import {cycles, parseFolder, targetsOf, unusedExports} from './support/source-graph.ts'

const root = resolve(import.meta.dirname, '..')

/** Rooms by level; imports go downward only, rooms of one level do not import each other. */
const LEVELS: readonly (readonly string[])[] = [
  ['util'],
  ['errors'],
  ['core'],
  ['windowing', 'state', 'files', 'formats', 'batching'],
  ['transforms', 'io/text', 'io/csv', 'io/json', 'io/stdio', 'io/pubsub', 'io/bigquery'],
  ['pipeline', 'dead-letters'],
  ['runners', 'monitor', 'check'],
  ['testing', 'emulators'],
  ['cli'],
]
/**
 * The sub-rooms of a room, from the lowest up: a file imports from its own sub-room and from those before it. The files that
 * stand in the room itself come last.
 */
const SUB_ROOMS: Readonly<Record<string, readonly string[]>> = {
  windowing: ['windows', 'triggers'],
  core: ['bundle', 'stage', 'processing', 'streams', 'side'],
  'core/processing': ['ports', 'elements', 'watermarks', 'async'],
  files: ['codecs', 'system', 'local', 'gcs', 'match', 'checkpoint', 'parts', 'read', 'write'],
  formats: ['bytes', 'numbers', 'text', 'json', 'types', 'csv'],
  'formats/csv': ['options', 'scan', 'rows', 'engines'],
  pipeline: ['graph', 'metrics', 'run'],
  state: ['keys', 'store'],
  'transforms/grouping': ['engine', 'keys', 'stage', 'seen', 'batches', 'join'],
  'io/bigquery': ['service', 'schema', 'rows', 'tables', 'write', 'inserts', 'read'],
  'io/pubsub': ['service', 'messages', 'leases', 'watermark', 'streams', 'read', 'write'],
  cli: ['report', 'local', 'jobs', 'pipe', 'commands'],
  emulators: ['service', 'faults', 'storage', 'bigquery', 'pubsub', 'http'],
  'emulators/storage': ['store', 'objects', 'buckets', 'uploads', 'xml'],
  'emulators/bigquery': ['model', 'values', 'native', 'catalog', 'tables', 'inserts', 'googlesql', 'query', 'jobs'],
  'emulators/bigquery/googlesql': ['syntax', 'typing', 'functions', 'statements'],
  'emulators/pubsub': ['wire', 'schemas', 'grpc', 'messages', 'push', 'subscriptions', 'topics', 'calls'],
}
/** Rooms that may import less than their level allows: up to this level. */
const CEILING: Readonly<Record<string, number>> = {emulators: 1}

/** What the package exports: package.json names these files. */
const ENTRIES = ['index.ts', 'testing/index.ts', 'monitor/index.ts', 'emulators/index.ts']

/**
 * What is still to be mended, by room. These numbers only ever become smaller: whoever mends something lowers its number, or
 * removes its line at 0.
 */
const REMAINING: Readonly<Record<'cycles' | 'unused' | 'long' | 'crowded', Readonly<Record<string, number>>>> = {
  /** Files that are part of an import cycle; type-only and dynamic imports count. */
  cycles: {},
  /** Exports without an importer; {@link unusedExports} has the rule. */
  unused: {},
  /** Functions of more than 50 lines. */
  long: {formats: 1},
  /** Files in the fullest folder, where that is more than 22. */
  crowded: {},
}

/** Files outside core/bundle that make bundles of no other bundle. */
const MAKES_BUNDLES: readonly string[] = [
  // values that have no columns yet, and empty bundles, which only move the watermark
  'lib/core/processing/sync-loop.ts',
  'lib/core/processing/watermarks/input-watermarks.ts',
  'lib/core/side/side-buffer.ts',
  'lib/core/streams/inbox.ts',
  'lib/core/streams/output.ts',
  'lib/core/streams/sink.ts',
  'lib/core/streams/source.ts',
  // sources
  'lib/files/read/file-bundles.ts',
  'lib/files/read/file-source.ts',
  'lib/io/pubsub/read/pubsub-source.ts',
  'lib/io/pubsub/read/rejects.ts',
  'lib/io/pubsub/read/replay-source.ts',
  'lib/testing/test-source.ts',
  'lib/testing/test-stream.ts',
  'lib/transforms/create.ts',
  // elements that have waited on disk
  'lib/state/store/stored-elements.ts',
  // panes, which are made of many bundles
  'lib/transforms/grouping/engine/pane-output.ts',
  // rows that came without a bundle
  'lib/batching/reject-output.ts',
]

interface Import {
  from: string
  to: string
}

const sources = parseFolder(join(root, 'lib'))
const files = [...sources.keys()]
/** Every relative import and re-export, type-only and dynamic ones included. */
const imports: readonly Import[] = [...sources.values()].flatMap(source =>
  targetsOf(source).map(to => ({from: source.path, to})),
)

const testFiles = () =>
  (readdirSync(join(root, 'test'), {recursive: true}) as string[])
    .filter(file => file.endsWith('.ts'))
    .map(file => join(root, 'test', file))

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
    expect(imports.length).to.be.greaterThan(100)
  })

  it('has only rooms whose level is known', () => {
    const unknown = new Set(files.map(roomOf).filter(room => room !== '' && levelOf(room) < 0))
    expect([...unknown]).to.deep.equal([])
  })

  it('imports existing files only, inside lib', () => {
    const wrong = imports.filter(({to}) => !sources.has(to))
    expect(wrong.map(i => `${show(i.from)} -> ${show(i.to)}`)).to.deep.equal([])
  })

  it('has imports that go downward only, types included', () => {
    const wrong = imports.filter(({from, to}) => {
      const [here, there] = [roomOf(from), roomOf(to)]
      if (here === '' || here === there) return false
      return (
        there === '' || levelOf(there) >= levelOf(here) || levelOf(there) > (CEILING[here] ?? Number.POSITIVE_INFINITY)
      )
    })
    expect(wrong.map(i => `${show(i.from)} -> ${show(i.to)}`)).to.deep.equal([])
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
          isIn(room, from) &&
          isIn(room, to) &&
          subRoomOf(room, from) !== subRoomOf(room, to) &&
          heightOf(to) > heightOf(from),
      )
      expect(wrong.map(i => `${show(i.from)} -> ${show(i.to)}`)).to.deep.equal([])
    })
  }

  it('processes the elements of a DoFn without streams', () => {
    const found = [...sources.keys()]
      .filter(file => isIn('core/processing', file))
      .filter(file => /from 'node:stream/.test(readFileSync(file, 'utf8')))
    expect(found.map(show)).to.deep.equal([])
  })

  it('imports another room through its index.ts', () => {
    const wrong = imports.filter(({from, to}) => {
      if (roomOf(from) === roomOf(to)) return false
      // declaration merging takes the file that declares the interface
      if (to === join(root, 'lib/batching/dead-letter-port.ts')) return false
      // connectors have no index: lib/index.ts names what of them is public
      return !to.endsWith('/index.ts') && !(roomOf(from) === '' && roomOf(to).startsWith('io/'))
    })
    expect(wrong.map(i => `${show(i.from)} -> ${show(i.to)}`)).to.deep.equal([])
  })

  it('has no import of lib/index.ts from inside', () => {
    const wrong = imports.filter(({to}) => to === join(root, 'lib', 'index.ts'))
    expect(wrong.map(i => show(i.from))).to.deep.equal([])
  })

  it('has no file of more than 250 lines', () => {
    const long = files.filter(file => readFileSync(file, 'utf8').trimEnd().split('\n').length > 250)
    expect(long.map(show)).to.deep.equal([])
  })

  describe('in every room', () => {
    it('has no import cycle, type-only and dynamic imports included', () => {
      const groups = cycles(sources)
      const found = groups.flatMap(group => group.map(file => ({file, what: group.map(show).join(' ')})))
      expectAtMost(found, REMAINING.cycles)
    })

    it('has no export that nobody imports', () => {
      const entries = ENTRIES.map(file => join(root, 'lib', file))
      const found = unusedExports(root, sources, entries).map(key => ({file: key.split(': ')[0]!, what: show(key)}))
      expectAtMost(found, REMAINING.unused)
    })

    it('has no function of more than 50 lines', () => {
      const found = [...sources.values()].flatMap(({path, functions}) =>
        functions
          .filter(({lines}) => lines > 50)
          .map(({name, line, lines}) => ({file: path, what: `${show(path)}:${line} ${name}: ${lines} lines`})),
      )
      expectAtMost(found, REMAINING.long)
    })

    it('has at most 22 files in a folder', () => {
      const counts = new Map<string, number>()
      for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
      const wrong = [...counts].filter(
        ([folder, count]) => count > (REMAINING.crowded[roomOf(join(folder, 'x'))] ?? 22),
      )
      expect(wrong.map(([folder, count]) => `${show(folder)}: ${count} files`)).to.deep.equal([])
    })
  })

  it('makes bundles in core/bundle and where elements begin: elsewhere columns would be dropped', () => {
    const found = files.filter(file => /\bnew Bundle\b/.test(readFileSync(file, 'utf8'))).map(show)
    const elsewhere = found.filter(file => !file.startsWith('lib/core/bundle/') && !MAKES_BUNDLES.includes(file))
    expect(elsewhere, "use the bundle's with(), withValues(), select() or derive()").to.deep.equal([])
  })

  it('has kebab-case file names', () => {
    const odd = [...files, ...testFiles()].filter(file => !/^[a-z0-9-]+(\.test)?\.ts$/.test(file.split('/').at(-1)!))
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

/** Fails for the rooms where more is found than may remain, naming what was found there. */
function expectAtMost(
  found: readonly {file: string; what: string}[],
  remaining: Readonly<Record<string, number>>,
): void {
  const byRoom = new Map<string, string[]>()
  for (const {file, what} of found) {
    const room = roomOf(file)
    byRoom.set(room, [...(byRoom.get(room) ?? []), what])
  }
  const wrong = [...byRoom].filter(([room, all]) => all.length > (remaining[room] ?? 0))
  expect(wrong.map(([room, all]) => ({room, found: all.length, allowed: remaining[room] ?? 0, all}))).to.deep.equal([])
}
