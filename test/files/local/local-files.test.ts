import {execFileSync} from 'node:child_process'
import {appendFile, chmod, mkdir, mkdtemp, rename, rm, symlink, truncate, utimes, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {dirname, join, relative} from 'node:path'
import {expect} from 'chai'
import {Files} from '../../../lib/files/match/files.ts'
import {contentOf, failureOf, noise} from '../fixtures.ts'

describe('local files', () => {
  const files = new Files()
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  })
  afterEach(() => rm(dir, {recursive: true}))
  const put = async (...names: string[]) => {
    for (const name of names) {
      await mkdir(dirname(join(dir, name)), {recursive: true})
      await writeFile(join(dir, name), name)
    }
  }
  const match = async (pattern: string) =>
    (await files.match(join(dir, pattern))).map(file => file.path.slice(dir.length + 1))

  it('reads a file whole, and from a byte on', async () => {
    const content = noise(300_000)
    await writeFile(join(dir, 'a'), content)
    const [file] = await files.match(join(dir, 'a'))
    expect(file).to.include({size: 300_000})
    expect((await contentOf(files, file!)).equals(content)).to.equal(true)
    expect((await contentOf(files, file!, 299_990)).equals(content.subarray(299_990))).to.equal(true)
  })
  it('takes file:// URLs', async () => {
    await put('a b')
    expect(await files.match(`file://${dir}/a%20b`)).to.have.length(1)
  })
  it('takes relative paths', async () => {
    await put('a1', 'a2')
    const found = await files.match(join(relative(process.cwd(), dir), 'a*'))
    expect(found.map(({path}) => path)).to.deep.equal(
      ['a1', 'a2'].map(name => relative(process.cwd(), join(dir, name))),
    )
  })
  it('orders by the UTF-8 bytes of the names', async () => {
    await put('b', 'B', 'é', '😀', '\uffee', '10', '9')
    expect(await match('*')).to.deep.equal(['10', '9', 'B', 'b', 'é', '\uffee', '😀'])
  })
  it('crosses folders with ** and not with *', async () => {
    await put('d/a.csv', 'd/e/b.csv', 'x.csv')
    expect(await match('d/*.csv')).to.deep.equal(['d/a.csv'])
    expect(await match('**/*.csv')).to.deep.equal(['d/a.csv', 'd/e/b.csv', 'x.csv'])
  })
  it('knows ?, […] and {…}', async () => {
    await put('f1', 'f10', 'fa')
    expect(await match('f?')).to.deep.equal(['f1', 'fa'])
    expect(await match('f[0-9]')).to.deep.equal(['f1'])
    expect(await match('f{1,10}')).to.deep.equal(['f1', 'f10'])
  })
  it('takes everything else in a pattern as it stands', async () => {
    await put('(1|2)+@/a', '!b1', 'b1')
    expect(await match('(1|2)+@/*')).to.deep.equal(['(1|2)+@/a'])
    expect(await match('!b*')).to.deep.equal(['!b1'])
  })
  it('takes a glob character after a backslash as part of the name', async () => {
    await put('a[1]', 'd[1]/x')
    expect(await match('a\\[1\\]')).to.deep.equal(['a[1]'])
    expect(await match('d\\[1\\]/*')).to.deep.equal(['d[1]/x'])
  })
  it('leaves hidden files and folders out', async () => {
    await put('.hidden', 'a', 'd/b')
    expect(await match('*')).to.deep.equal(['a'])
  })
  it('follows links to files and folders', async () => {
    await put('d/a')
    await symlink(join(dir, 'd'), join(dir, 'e'))
    expect(await match('*/a')).to.deep.equal(['d/a', 'e/a'])
  })
  it('leaves out a file that goes while the pattern is matched, as temporary ones do', async () => {
    await put('a', 'b')
    let matching = true
    const churn = (async () => {
      for (let n = 0; matching; n++) {
        await writeFile(join(dir, `t${n}`), '')
        await rm(join(dir, `t${n}`))
      }
    })()
    try {
      for (let i = 0; i < 50; i++)
        expect((await match('*')).filter(name => !name.startsWith('t'))).to.deep.equal(['a', 'b'])
    } finally {
      matching = false
      await churn
    }
  })
  it('tells pipes from files', async function () {
    if (process.platform === 'win32') return this.skip()
    execFileSync('mkfifo', [join(dir, 'p')])
    expect((await files.match(join(dir, 'p')))[0]).to.include({pipe: true, size: 0})
  })
  it('gives a file once with `**`, though a link leads back to its folder', async () => {
    await put('a', 'd/b')
    await symlink('..', join(dir, 'd/up'))
    await symlink('d', join(dir, 'c'))
    expect(await match('**/*')).to.deep.equal(['a', 'd/b'])
  })
  it('gives a file and a link to it with `**`, as with `*`', async () => {
    await put('a')
    await symlink('a', join(dir, 'b'))
    expect(await match('**')).to.deep.equal(['a', 'b'])
    expect(await match('*')).to.deep.equal(['a', 'b'])
  })
  it('follows links that lead to one another no further than once', async () => {
    await put('a/x', 'b/y')
    await symlink('../b', join(dir, 'a/b'))
    await symlink('../a', join(dir, 'b/a'))
    expect(await match('**')).to.deep.equal(['a/x', 'b/y'])
  })
  it('takes braces over several folders', async () => {
    await put('a/b/1', 'c/1', 'd/1')
    expect(await match('{a/b,c}/*')).to.deep.equal(['a/b/1', 'c/1'])
  })
  it('fails for a link that leads nowhere, if its name matches', async () => {
    await put('a.csv')
    await symlink('gone', join(dir, 'b.csv'))
    const error = await failureOf(match('*.csv'))
    expect(error).to.include({code: 'ERR_SLUICE_READ'})
    expect(error.message).to.include(`${dir}/b.csv is a link to a file that does not exist`)
    expect(await match('a*')).to.deep.equal(['a.csv'])
  })
  it('fails for a name that is not UTF-8, instead of leaving the file out', async function () {
    if (process.platform !== 'linux') return this.skip()
    await put('a.csv')
    await writeFile(Buffer.concat([Buffer.from(`${dir}/caf`), Buffer.from([0xe9]), Buffer.from('.csv')]), '')
    const error = await failureOf(match('*.csv'))
    expect(error).to.include({code: 'ERR_SLUICE_READ'})
    expect(error.message).to.include('its name is not UTF-8')
    expect(await match('a*')).to.deep.equal(['a.csv'])
  })
  it('is not held up by a name that nearly matches', async () => {
    await put('-'.repeat(250))
    expect((await failureOf(match('*-*-*-*-*.csv'))).code).to.equal('ERR_SLUICE_NO_MATCH')
  })
  it('fails for a folder below that it may not list, instead of leaving its files out', async function () {
    if (process.getuid?.() === 0) this.skip()
    await put('a', 'd/b')
    await chmod(join(dir, 'd'), 0)
    const error = await failureOf(match('**/*'))
    await chmod(join(dir, 'd'), 0o700)
    expect(error).to.include({code: 'ERR_SLUICE_PERMISSION'})
    expect(error.message).to.include(`${dir}/d`)
  })
  it('does not mind a folder that it may not list when no match can lie in it', async function () {
    if (process.getuid?.() === 0) this.skip()
    await put('a', 'd/b')
    await chmod(join(dir, 'd'), 0)
    expect(await match('*')).to.deep.equal(['a'])
    await chmod(join(dir, 'd'), 0o700)
  })
  it('gives a changed file another generation', async () => {
    await put('a')
    const [before] = await files.match(join(dir, 'a'))
    await utimes(join(dir, 'a'), 1, 2)
    expect((await files.match(join(dir, 'a')))[0]!.generation).to.not.equal(before!.generation)
  })
  it('fails for a file that ends before the bytes it had, and says how many came', async () => {
    await writeFile(join(dir, 'a'), noise(1_000_000))
    const [file] = await files.match(join(dir, 'a'))
    const read = async (start: number) => {
      for await (const _ of files.open(file!, {start})) await truncate(file!.path, 500_000)
    }
    for (const [start, said] of [
      [200_000, 'it ended after '],
      [0, 'it has 500000 bytes but had 1000000 when it was matched: it was truncated'],
    ] as const) {
      const error = await failureOf(read(start))
      expect(error).to.include({code: 'ERR_SLUICE_READ'})
      expect(error.message)
        .to.include(`${dir}/a changed before it was read: ${said}`)
        .and.to.include('Run again when nothing writes to it any more')
    }
  })
  it('fails for a file in whose place another was put, instead of reading that', async () => {
    await put('a', 'b')
    const [file] = await files.match(join(dir, 'a'))
    await rename(join(dir, 'b'), join(dir, 'a'))
    const error = await failureOf(contentOf(files, file!))
    expect(error).to.include({code: 'ERR_SLUICE_READ'})
    expect(error.message).to.include(`${dir}/a changed`).and.to.include('another file has taken its place')
  })
  it('reads what a log has got since it was matched', async () => {
    await put('a')
    const [file] = await files.match(join(dir, 'a'))
    await appendFile(join(dir, 'a'), ' and more')
    expect((await contentOf(files, file!)).toString()).to.equal('a and more')
  })
  it('names pattern and folder when nothing matches', async () => {
    await put('a.txt')
    const error = await failureOf(match('*.csv'))
    expect(error).to.include({code: 'ERR_SLUICE_NO_MATCH'})
    expect(error.message).to.include(`'${dir}/*.csv'`).and.to.include(`the folder ${dir} holds 1 entries (a.txt)`)
  })
  it('names path and folder when a path does not exist', async () => {
    const error = await failureOf(match('nope.csv'))
    expect(error).to.include({code: 'ERR_SLUICE_NO_MATCH'})
    expect(error.message).to.include(`'${dir}/nope.csv'`).and.to.include(`the folder ${dir} is empty`)
  })
  it('names the folder that does not exist, and the nearest that does', async () => {
    for (const pattern of ['no/such/*.csv', 'no/such/a.csv']) {
      const error = await failureOf(match(pattern))
      expect(error).to.include({code: 'ERR_SLUICE_NO_MATCH'})
      expect(error.message).to.include(`${dir}/no/such does not exist (${dir} does)`)
    }
  })
  it('says what to write for a folder', async () => {
    const error = await failureOf(files.match(dir))
    expect(error).to.include({code: 'ERR_SLUICE_NO_MATCH'})
    expect(error.message).to.include(`give '${dir}/*'`)
  })
  it('reports a refusal of the operating system', async function () {
    if (process.getuid?.() === 0) this.skip()
    await put('a')
    await chmod(join(dir, 'a'), 0)
    const [file] = await files.match(join(dir, 'a'))
    expect(await failureOf(contentOf(files, file!))).to.include({code: 'ERR_SLUICE_PERMISSION'})
  })
  it('ends a read when its signal aborts', async () => {
    await writeFile(join(dir, 'a'), noise(1_000_000))
    const [file] = await files.match(join(dir, 'a'))
    const abort = new AbortController()
    const reader = files.open(file!, {signal: abort.signal})[Symbol.asyncIterator]()
    await reader.next()
    const reason = new Error('enough')
    abort.abort(reason)
    expect(await reader.next().catch(error => error)).to.equal(reason)
  })
  it('refuses schemes that it does not know', () => {
    expect(() => files.for('s3://bucket/a')).to.throw(/s3:\/\/ is not supported.*gs:\/\//)
  })
})
