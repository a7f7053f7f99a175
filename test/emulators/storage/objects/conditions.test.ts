import {createHash} from 'node:crypto'
import {once} from 'node:events'
import {get} from 'node:http'
import {expect} from 'chai'
import {failure, useLocalCloud} from '../../local-cloud.ts'

describe('local Cloud Storage: conditions as clients meet them', () => {
  const local = useLocalCloud()
  const file = (name = 'a') => local.bucket.file(name)
  const url = (path = '/b/my-bucket/o/a') => `${local.cloud.url}${path}`
  const etag = async (path?: string) => ((await (await fetch(url(path))).json()) as {etag: string}).etag
  beforeEach(() => file().save('x', {resumable: false}))

  const preconditionOpts = {ifGenerationMatch: 5}
  const works: Record<string, () => Promise<unknown>> = {
    'a default save': () => file().save('y', {preconditionOpts}),
    'a save in chunks': () => file().save(Buffer.alloc(600_000), {preconditionOpts, chunkSize: 262_144}),
    'a simple save': () => file().save('y', {preconditionOpts, resumable: false}),
    'a save of what must be new': () => file().save('y', {preconditionOpts: {ifGenerationMatch: 0}}),
    'a delete': () => file().delete({ifGenerationMatch: 5}),
    'a change of metadata': () => file().setMetadata({contentType: 'a/b'}, {ifMetagenerationMatch: 5}),
    'a copy': () => file().copy('a', {preconditionOpts}),
    'a composition': () => local.bucket.combine(['a'], 'a', preconditionOpts),
  }
  for (const [what, work] of Object.entries(works))
    it(`that fail for ${what} are a 412 conditionNotMet to the official client`, async () => {
      const error = (await failure(work())) as {code?: unknown; errors?: {reason?: string}[]}
      expect(error.code).to.equal(412)
      expect(error.errors?.[0]?.reason).to.equal('conditionNotMet')
      expect(String((await file().download())[0])).to.equal('x')
    })

  for (const path of ['/b/my-bucket/o/a', '/b/my-bucket/o/a?alt=media', '/b/my-bucket']) {
    const read = async (headers: Record<string, string>) => (await fetch(url(path), {headers})).status
    const tag = () => etag(path.replace('?alt=media', ''))

    it(`If-None-Match of GET ${path} is a 304 for what is there`, async () => {
      const current = await tag()
      expect(await read({'if-none-match': current})).to.equal(304)
      expect(await read({'if-none-match': `"other", W/"${current}"`})).to.equal(304)
      expect(await read({'if-none-match': '*'})).to.equal(304)
      expect(await read({'if-none-match': 'other'})).to.equal(200)
    })

    it(`If-Match of GET ${path} is a 412 for anything else`, async () => {
      expect(await read({'if-match': await tag()})).to.equal(200)
      expect(await read({'if-match': 'other'})).to.equal(412)
    })
  }

  for (const [path, body] of [
    ['/b/my-bucket/o/a', {contentType: 'a/b'}],
    ['/b/my-bucket', {labels: {a: 'b'}}],
  ] as const)
    it(`If-Match and If-None-Match of PATCH ${path} are a 412 where they do not hold`, async () => {
      const patch = async (headers: Record<string, string>) =>
        (await fetch(url(path), {method: 'PATCH', headers, body: JSON.stringify(body)})).status
      const before = await etag(path)
      expect(await patch({'if-match': 'other'})).to.equal(412)
      expect(await patch({'if-none-match': before})).to.equal(412)
      expect(await patch({'if-match': before})).to.equal(200)
      expect(await patch({'if-match': before})).to.equal(412)
    })

  it('If-Match of DELETE is a 412 for anything else', async () => {
    const remove = async (tag: string) => (await fetch(url(), {method: 'DELETE', headers: {'if-match': tag}})).status
    expect(await remove('other')).to.equal(412)
    expect(await remove(await etag())).to.equal(204)
  })

  it('If-None-Match: * of an upload keeps what is there', async () => {
    const upload = async (name: string) => {
      const path = `/upload/storage/v1/b/my-bucket/o?uploadType=media&name=${name}`
      return (await fetch(url(path), {method: 'POST', headers: {'if-none-match': '*'}, body: 'y'})).status
    }
    expect([await upload('a'), await upload('b')]).to.deep.equal([412, 200])
  })

  describe('text that is not Latin-1', () => {
    const metadata = {
      contentDisposition: 'attachment; filename="日本語.txt"',
      contentLanguage: 'ελληνικά',
      cacheControl: 'no-store, x="ж"',
      contentType: 'text/plain; x="é"',
      metadata: {café: '日本語 👍'},
    }
    const ways: Record<string, (content: string) => Promise<unknown>> = {
      'a multipart upload': content => file('ü').save(content, {resumable: false, metadata}),
      'a patch': async content => {
        await file('ü').save(content, {resumable: false})
        await file('ü').setMetadata(metadata)
      },
    }
    for (const [what, content] of [
      ['a small object', 'hello'],
      ['a large object', 'x'.repeat(600_000)],
    ] as const)
      for (const [how, give] of Object.entries(ways))
        it(`of ${what} by ${how} is read again, in metadata and in the headers of downloads`, async () => {
          await give(content)
          expect((await file('ü').getMetadata())[0]).to.deep.include(metadata)
          expect(String((await file('ü').download())[0])).to.equal(content)
          const [{headers, statusCode}] = await once(get(url('/b/my-bucket/o/%C3%BC?alt=media')), 'response')
          expect(statusCode).to.equal(200)
          for (const [name, value] of [
            ['content-disposition', metadata.contentDisposition],
            ['content-language', metadata.contentLanguage],
            ['cache-control', metadata.cacheControl],
            ['content-type', metadata.contentType],
          ] as const)
            expect(Buffer.from(headers[name], 'latin1').toString()).to.equal(value)
        })
  })

  it('an upload whose transport is gzip is stored unzipped', async () => {
    const {gzipSync} = await import('node:zlib')
    const body = gzipSync('--b\r\n\r\n{"name": "z"}\r\n--b\r\n\r\nhello\r\n--b--')
    const headers = {'content-type': 'multipart/related; boundary=b', 'content-encoding': 'gzip'}
    const path = '/upload/storage/v1/b/my-bucket/o?uploadType=multipart'
    expect((await fetch(url(path), {method: 'POST', headers, body})).status).to.equal(200)
    const [{md5Hash}] = await file('z').getMetadata()
    expect(md5Hash).to.equal(createHash('md5').update('hello').digest('base64'))
  })
})
