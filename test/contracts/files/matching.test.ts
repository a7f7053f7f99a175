import {expect} from 'chai'
import fc from 'fast-check'
import {readFromText} from '../../../lib/index.ts'
import {failureOf} from '../../files/fixtures.ts'
import {contract, type Folder, type Target} from './targets.ts'

/** The names in a folder that a pattern matches, in the order in which they are given. */
async function matched({files}: Target, {path}: Folder, pattern: string): Promise<string[]> {
  return (await files.match(path + pattern)).map(file => file.path.slice(path.length))
}

async function putAll(folder: Folder, names: readonly string[]): Promise<void> {
  await Promise.all(names.map(name => folder.put(name, `${name}\n`)))
}

/** Names that somebody may give a file, none of which a pattern may take for something else. */
const SPECIAL = [
  'a b.csv',
  'é.csv',
  'e\u0301.csv',
  '日本.csv',
  '😀.csv',
  '%41.csv',
  '100%.csv',
  'a+b.csv',
  'a#b.csv',
  'a&b=c.csv',
  "a'b.csv",
  'a"b.csv',
  'a;b,c.csv',
  'a:b.csv',
  '(1|2).csv',
  '!a.csv',
  '@(x).csv',
  '~a.csv',
  '$a.csv',
  '^a.csv',
  '-a.csv',
  'a..csv',
]
/** The same with characters of globs in them, and as they are written in a pattern. */
const ESCAPED: readonly [string, string][] = [
  ['a*b.csv', 'a\\*b.csv'],
  ['a?b.csv', 'a\\?b.csv'],
  ['a[1].csv', 'a\\[1\\].csv'],
  ['a{1,2}.csv', 'a\\{1,2\\}.csv'],
]

contract('matching', promise => {
  promise('a path is looked up, and reports size and content of the file', async target => {
    const folder = await target.folder()
    await folder.put('a.txt', 'hello\n')
    const [file, ...more] = await target.files.match(`${folder.path}a.txt`)
    expect(more).to.deep.equal([])
    expect(file).to.include({path: `${folder.path}a.txt`, size: 6})
  })

  promise('files come in the order of the UTF-8 bytes of their names', async target => {
    const folder = await target.folder()
    await putAll(folder, ['x-b', 'x-B', 'x-é', 'x-😀', 'x-\uffee', 'x-10', 'x-9', 'x'])
    expect(await matched(target, folder, 'x*')).to.deep.equal([
      'x',
      'x-10',
      'x-9',
      'x-B',
      'x-b',
      'x-é',
      'x-\uffee',
      'x-😀',
    ])
  })

  promise('files of folders come in the order of their whole paths', async target => {
    const folder = await target.folder()
    await putAll(folder, ['a/b', 'a-b', 'a.b', 'a/a/c', 'a0'])
    expect(await matched(target, folder, '**')).to.deep.equal(['a-b', 'a.b', 'a/a/c', 'a/b', 'a0'])
  })

  const NAMES = ['1.csv', '2.csv', '10.csv', 'a.csv', 'a.txt', 'd/1.csv', 'd/e/1.csv', 'd/e/f/2.csv', 'dd/1.csv']
  const globs: [string, string[]][] = [
    ['*.csv', ['1.csv', '10.csv', '2.csv', 'a.csv']],
    ['?.csv', ['1.csv', '2.csv', 'a.csv']],
    ['[0-9].csv', ['1.csv', '2.csv']],
    ['[!0-9].csv', ['a.csv']],
    ['{1,a}.{csv,txt}', ['1.csv', 'a.csv', 'a.txt']],
    ['*/1.csv', ['d/1.csv', 'dd/1.csv']],
    ['d/**', ['d/1.csv', 'd/e/1.csv', 'd/e/f/2.csv']],
    ['**/1.csv', ['1.csv', 'd/1.csv', 'd/e/1.csv', 'dd/1.csv']],
    ['d/**/2.csv', ['d/e/f/2.csv']],
    ['d*/1.csv', ['d/1.csv', 'dd/1.csv']],
  ]
  for (const [pattern, expected] of globs)
    promise(`the pattern ${pattern} matches what it shall`, async target => {
      const folder = await target.folder()
      await putAll(folder, NAMES)
      expect(await matched(target, folder, pattern)).to.deep.equal(expected)
    })

  promise('any pattern matches the same names everywhere', async target => {
    const folder = await target.folder()
    const names = ['', 'a/', 'b/', 'a/b/'].flatMap(at => ['a', 'b', 'ab', 'ba', 'aab'].map(name => `${at}${name}.x`))
    await putAll(folder, names)
    // A folder must be there to be searched, and a path without globs is looked up: so the first part is a glob.
    const part = fc
      .array(fc.constantFrom('a', 'b', '?', '*', '[ab]', '[!a]', '{a,ab}'), {minLength: 1, maxLength: 4})
      .map(pieces => pieces.join('').replace(/\*+/g, '*'))
    const pattern = fc
      .tuple(fc.constantFrom('', '*/', '**/', '?/', '[ab]/*/'), part)
      .map(([at, last]) => `${at}${last}{.x,.y}`)
    await fc.assert(
      fc.asyncProperty(pattern, async glob => {
        const expected = names.filter(name => reference(glob).test(name)).sort()
        const found = expected.length > 0 ? await matched(target, folder, glob) : []
        expect(found).to.deep.equal(expected)
        if (expected.length === 0)
          expect((await failureOf(target.files.match(folder.path + glob))).code).to.equal('ERR_SLUICE_NO_MATCH')
      }),
      {numRuns: 60},
    )
  })

  promise('names with special characters are matched and read, each its own file', async target => {
    const folder = await target.folder()
    await putAll(folder, SPECIAL)
    const bytewise = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
    expect(await matched(target, folder, '*.csv')).to.deep.equal([...SPECIAL].sort(bytewise))
    for (const name of SPECIAL)
      expect(await readFromText(folder.path + name, target.options).toArray(), name).to.deep.equal([name])
  })

  promise('a character of globs after a backslash is a part of the name', async target => {
    const folder = await target.folder()
    await putAll(folder, [...ESCAPED.map(([name]) => name), 'axb.csv', 'a1.csv', 'ab.csv'])
    for (const [name, pattern] of ESCAPED) {
      expect(await matched(target, folder, pattern)).to.deep.equal([name])
      expect(await matched(target, folder, pattern.replace('.csv', '.*'))).to.deep.equal([name])
    }
  })

  promise(
    'a glob leaves out names that begin with a dot, a path does not',
    async target => {
      const folder = await target.folder()
      await putAll(folder, ['a', '.hidden', '.d/a'])
      expect(await matched(target, folder, '**')).to.deep.equal(['a'])
      expect(await matched(target, folder, '.hidden')).to.deep.equal(['.hidden'])
      expect(await matched(target, folder, '.h*')).to.deep.equal(['.hidden'])
    },
    {on: 'disk'},
  )

  promise(
    'a dot at the beginning of a name means nothing',
    async target => {
      const folder = await target.folder()
      await putAll(folder, ['a', '.hidden', '.d/a'])
      expect(await matched(target, folder, '**')).to.deep.equal(['.d/a', '.hidden', 'a'])
    },
    {on: 'gs'},
  )

  promise(
    "the placeholders of empty folders ('folder/') are not files",
    async target => {
      const folder = await target.folder()
      await putAll(folder, ['d/', 'd/a', 'd/e/'])
      expect(await matched(target, folder, 'd/*')).to.deep.equal(['d/a'])
      expect(await matched(target, folder, 'd/**')).to.deep.equal(['d/a'])
    },
    {on: 'gs'},
  )

  const ODD = ['a//b.csv', './c.csv', 'd/../e.csv', '/f.csv', 'g/.csv', '~/h.csv', `${'x'.repeat(900)}.csv`]
  for (const name of ODD)
    promise(
      `an object may be called ${name.slice(0, 20)}, which no file could: it is matched and read`,
      async target => {
        const folder = await target.folder()
        await putAll(folder, [name, 'other.txt'])
        expect(await matched(target, folder, '**')).to.deep.equal([name, 'other.txt'].sort())
        expect(await matched(target, folder, '**/*.csv')).to.deep.equal([name])
        expect(await matched(target, folder, name.replace('.csv', '*v'))).to.deep.equal([name])
        expect(await readFromText(folder.path + name, target.options).toArray()).to.deep.equal([name])
      },
      {on: 'gs'},
    )

  promise(
    'a path may be written as a file:// URL',
    async target => {
      const folder = await target.folder()
      await putAll(folder, ['a b.csv', 'c.csv'])
      expect(await readFromText(`file://${folder.path}a%20b.csv`).toArray()).to.deep.equal(['a b.csv'])
      expect(await readFromText(`file://${folder.path}*.csv`).toArray()).to.deep.equal(['a b.csv', 'c.csv'])
    },
    {on: 'disk'},
  )

  promise('more files than a page of a listing has are all found', async target => {
    const folder = await target.folder()
    const names = Array.from({length: 1100}, (_, i) => `${String(i).padStart(4, '0')}.csv`)
    await folder.fill(names)
    expect(await matched(target, folder, '*.csv')).to.deep.equal(names)
  })

  for (const pattern of ['missing.csv', '*.csv', '**/x?.csv'])
    promise(`${pattern} without a match is an error that names it`, async target => {
      const folder = await target.folder()
      await folder.put('a.txt', 'a')
      const error = await failureOf(target.files.match(folder.path + pattern))
      expect(error.code).to.equal('ERR_SLUICE_NO_MATCH')
      expect(error.message).to.include(folder.path + pattern)
    })

  promise(
    'a folder that is missing is an error that names it',
    async target => {
      const {path} = await target.folder()
      const error = await failureOf(target.files.match(`${path}missing/*.csv`))
      expect(error.code).to.equal('ERR_SLUICE_NO_MATCH')
      expect(error.message).to.include(`${path}missing`)
    },
    {on: 'disk'},
  )

  for (const name of ['a', '*'])
    promise(
      `a bucket that is missing is an error that names it: ${name}`,
      async target => {
        const error = await failureOf(target.files.match(`gs://no-such-bucket/${name}`))
        expect(error.code).to.equal('ERR_SLUICE_NOT_FOUND')
        expect(error.message).to.include('gs://no-such-bucket')
      },
      {on: 'gs', ...(name === 'a' && {wrong: 'a 404 for an object does not tell that the bucket is missing'})},
    )

  promise('an overwritten file has another generation, one that was not touched the same', async target => {
    const folder = await target.folder()
    await putAll(folder, ['a', 'b'])
    const before = await target.files.match(`${folder.path}*`)
    await folder.put('a', 'new')
    const after = await target.files.match(`${folder.path}*`)
    expect(after[0]!.generation).to.be.a('string').and.not.equal(before[0]!.generation)
    expect(after[1]!.generation).to.equal(before[1]!.generation)
  })

  promise('several patterns are read in their order, a file that two of them match once', async target => {
    const folder = await target.folder()
    await putAll(folder, ['a1', 'a2', 'b1'])
    const lines = readFromText([`${folder.path}b*`, `${folder.path}a*`, `${folder.path}*1`], target.options).toArray()
    expect(await lines).to.deep.equal(['b1', 'a1', 'a2'])
  })
})

/** The pattern as a regular expression, for the few forms that the property above uses. */
function reference(glob: string): RegExp {
  const source = glob
    .replace(/\./g, '\\.')
    .replace(/\*\*\//g, '\0')
    .replace(/\?/g, '[^/]')
    .replace(/\*/g, '[^/]*')
    .replace(/\[!/g, '[^/')
    .replace(/\{([^}]*)\}/g, (_, choices: string) => `(?:${choices.replace(/,/g, '|')})`)
    .replace(/\0/g, '(?:.*/)?')
  return new RegExp(`^${source}$`)
}
