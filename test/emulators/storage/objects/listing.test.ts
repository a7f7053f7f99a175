import {expect} from 'chai'
import {failure, useLocalCloud} from '../../local-cloud.ts'

describe('local Cloud Storage: listing', () => {
  const local = useLocalCloud()
  const put = (...names: string[]) =>
    Promise.all(names.map(name => local.bucket.file(name).save('x', {resumable: false})))
  const list = async (options: object) => (await local.bucket.getFiles(options))[0].map(file => file.name)

  it('has all objects, ordered by the UTF-8 bytes of their names', async () => {
    await put('b', 'a/b', 'a', 'Z', 'é', '\u{1F426}', '\uFF5E')
    expect(await list({})).to.deep.equal(['Z', 'a', 'a/b', 'b', 'é', '\uFF5E', '\u{1F426}'])
  })

  it('has no `items` when there are none', async () => {
    const response = await fetch(`${local.cloud.url}/b/my-bucket/o`)
    expect(await response.json()).to.deep.equal({kind: 'storage#objects'})
  })

  it('has the names that start with `prefix`', async () => {
    await put('logs/a', 'logs/b', 'log', 'other')
    expect(await list({prefix: 'logs/'})).to.deep.equal(['logs/a', 'logs/b'])
    expect(await list({prefix: 'lo'})).to.deep.equal(['log', 'logs/a', 'logs/b'])
  })

  it('finds a prefix that ends within a very long part', async () => {
    const long = `${'x'.repeat(500)}/end`
    await put(long)
    expect(await list({prefix: 'x'.repeat(300)})).to.deep.equal([long])
  })

  it('folds names behind `delimiter` into prefixes', async () => {
    await put('a/1', 'a/2', 'b/c/1', 'top')
    const [files, , reply] = await local.bucket.getFiles({delimiter: '/', autoPaginate: false})
    expect(files.map(file => file.name)).to.deep.equal(['top'])
    expect((reply as {prefixes: string[]}).prefixes).to.deep.equal(['a/', 'b/'])
  })

  it('has objects whose name ends in the delimiter with `includeTrailingDelimiter`', async () => {
    await put('a/', 'a/1')
    const [files, , reply] = await local.bucket.getFiles({
      delimiter: '/',
      includeTrailingDelimiter: true,
      autoPaginate: false,
    })
    expect(files.map(file => file.name)).to.deep.equal(['a/'])
    expect((reply as {prefixes: string[]}).prefixes).to.deep.equal(['a/'])
  })

  it('takes names from `startOffset` on and before `endOffset`', async () => {
    await put('a', 'b', 'c', 'd')
    expect(await list({startOffset: 'b', endOffset: 'd'})).to.deep.equal(['b', 'c'])
  })

  it('has the names that match `matchGlob`', async () => {
    await put('a.csv', 'a.txt', 'dir/b.csv', 'dir/sub/c.csv')
    expect(await list({matchGlob: '*.csv'})).to.deep.equal(['a.csv'])
    expect(await list({matchGlob: 'dir/**.csv'})).to.deep.equal(['dir/b.csv', 'dir/sub/c.csv'])
  })

  it('has the prefixes, too, that match `matchGlob`', async () => {
    await put('ab.csv', 'ab/1', 'c/2')
    const [files, , reply] = await local.bucket.getFiles({matchGlob: 'a*', delimiter: '/', autoPaginate: false})
    expect(files.map(file => file.name)).to.deep.equal(['ab.csv'])
    expect((reply as {prefixes: string[]}).prefixes).to.deep.equal(['ab/'])
  })

  it('comes in pages of `maxResults`, objects and prefixes counted together', async () => {
    await put('a', 'b/1', 'b/2', 'c', 'd/1')
    const seen: string[][] = []
    let query: object | null = {delimiter: '/', maxResults: 2, autoPaginate: false}
    while (query) {
      const [files, next, reply]: [{name: string}[], object | null, unknown] = await local.bucket.getFiles(query)
      seen.push([...files.map(file => file.name), ...((reply as {prefixes?: string[]}).prefixes ?? [])])
      query = next
    }
    expect(seen).to.deep.equal([
      ['a', 'b/'],
      ['c', 'd/'],
    ])
  })

  it('continues where it was when the last object of a page is deleted meanwhile', async () => {
    await put('a', 'b', 'c')
    const [, next] = await local.bucket.getFiles({maxResults: 2, autoPaginate: false})
    await local.bucket.file('b').delete()
    expect(await list({...next})).to.deep.equal(['c'])
  })

  it('is followed by the client page by page', async () => {
    await put(...Array.from({length: 7}, (_, at) => `n${at}`))
    const files: string[] = []
    for await (const file of local.bucket.getFilesStream({maxResults: 3, maxApiCalls: 10})) files.push(file.name)
    expect(files).to.have.length.at.least(3)
    expect(local.cloud.log.of({call: 'objects.list'})[0]?.query).to.include({maxResults: '3'})
  })

  it('has generation, size and checksums of every object', async () => {
    await local.bucket.file('a').save('hello')
    const [[file]] = await local.bucket.getFiles()
    expect(file!.metadata).to.deep.include({size: '5', crc32c: 'mnG7TA==', md5Hash: 'XUFAKrxLKna5cZ2REBfFkg=='})
    expect(file!.metadata.generation).to.match(/^\d{16}$/)
  })

  const bad: [string, object][] = [
    ['an unclosed glob', {matchGlob: '[a'}],
    ['a page token that is none', {pageToken: 'x', autoPaginate: false}],
    ['a glob with another delimiter', {matchGlob: '*', delimiter: '-'}],
    ['soft-deleted objects', {softDeleted: true}],
    ['a maxResults that is no number', {maxResults: 'x'}],
  ]
  for (const [what, options] of bad)
    it(`refuses ${what}`, async () => expect((await failure(list(options))).code).to.equal(400))
})
