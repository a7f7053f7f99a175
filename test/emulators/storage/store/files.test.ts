import {existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync} from 'node:fs'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect} from 'chai'
import {failure, useLocalCloud} from '../../local-cloud.ts'

describe('local Cloud Storage: plain files', () => {
  const local = useLocalCloud()
  const path = (...steps: string[]) => join(local.cloud.dir, 'my-bucket', ...steps)
  const save = (name: string, content = name) => local.bucket.file(name).save(content, {resumable: false})
  const read = async (name: string) => (await local.bucket.file(name).download())[0].toString()
  const names = async () => (await local.bucket.getFiles())[0].map(file => file.name)

  it('hold the objects under their names', async () => {
    await save('2024/01/a.csv', 'x,y')
    expect(readFileSync(path('2024', '01', 'a.csv'), 'utf8')).to.equal('x,y')
  })

  it('are removed with their object, and the folders that only it needed', async () => {
    await save('2024/01/a.csv')
    await local.bucket.file('2024/01/a.csv').delete()
    expect(readdirSync(path())).to.deep.equal([])
  })

  describe('dropped in by hand', () => {
    it('are objects', async () => {
      mkdirSync(path('in'))
      writeFileSync(path('in', 'a b.csv'), 'hello')
      expect(await names()).to.deep.equal(['in/a b.csv'])
      expect(await read('in/a b.csv')).to.equal('hello')
    })

    it('make a new folder a bucket', async () => {
      mkdirSync(join(local.cloud.dir, 'dropped'))
      writeFileSync(join(local.cloud.dir, 'dropped', 'a'), 'hello')
      const [[file]] = await local.storage.bucket('dropped').getFiles()
      expect(file?.metadata).to.include({name: 'a', size: '5', crc32c: 'mnG7TA=='})
    })

    it('have the generation of their modification time, and keep it', async () => {
      writeFileSync(path('a'), 'hello')
      utimesSync(path('a'), 1_700_000_000, 1_700_000_000)
      for (let turn = 0; turn < 2; turn++)
        expect((await local.bucket.file('a').getMetadata())[0]).to.include({generation: '1700000000000000'})
    })

    it('get a new, higher generation when they are changed by hand', async () => {
      await save('a', 'one')
      const [before] = await local.bucket.file('a').getMetadata()
      writeFileSync(path('a'), 'two!')
      utimesSync(path('a'), 1_700_000_000, 1_700_000_000)
      const [after] = await local.bucket.file('a').getMetadata()
      expect(Number(after.generation)).to.be.greaterThan(Number(before.generation))
      expect(await read('a')).to.equal('two!')
    })

    for (const name of ['50%.csv', 'a%20b.csv', '%self', '%2E%2E', 'x%more'])
      it(`keep the name ${name}`, async () => {
        writeFileSync(path(name), 'hello')
        expect((await names()).length).to.equal(1)
        const [listed] = await names()
        expect(await read(listed!)).to.equal('hello')
      })

    it('survive reset(), which deletes what was uploaded beside them', async () => {
      mkdirSync(join(local.cloud.dir, 'fixtures'))
      writeFileSync(join(local.cloud.dir, 'fixtures', 'mine'), 'hello')
      await local.storage.bucket('fixtures').file('theirs').save('x')
      await local.cloud.reset()
      expect(readdirSync(join(local.cloud.dir, 'fixtures'))).to.deep.equal(['mine'])
    })
  })

  describe('take every name', () => {
    const odd = [
      'x'.repeat(1024),
      '🐦'.repeat(256),
      '%'.repeat(1024),
      `${'d/'.repeat(511)}e`,
      'a//b',
      '/leading',
      'folder/',
      './a',
      'a/./b',
      'back\\slash',
      'tab\there',
      'NUL',
      ' spaces ',
      'question?#&=+',
      '%2F',
    ]
    for (const name of odd)
      it(`such as ${JSON.stringify(name.slice(0, 20))} (${Buffer.byteLength(name)} bytes)`, async () => {
        await save(name, 'hello')
        expect(await read(name)).to.equal('hello')
        expect(await names()).to.deep.equal([name])
        await local.bucket.file(name).delete()
        expect(readdirSync(path())).to.deep.equal([])
      })

    it('also one that is the folder of others, whichever comes first', async () => {
      await save('a')
      await save('a/b')
      await save('c/d/e')
      await save('c/d')
      await save('c')
      expect(await names()).to.deep.equal(['a', 'a/b', 'c', 'c/d', 'c/d/e'])
      for (const name of await names()) expect(await read(name)).to.equal(name)
    })

    it('and tell names apart that differ in escaping only', async () => {
      const alike = ['..', '%2E%2E', '%252E', 'a/%self', 'a', 'a/', '%empty', 'a/%empty'].slice(1)
      for (const name of alike) await save(name)
      for (const name of alike) expect(await read(name)).to.equal(name)
      expect((await names()).sort()).to.deep.equal(alike.sort())
    })
  })

  describe('never leave the folder', () => {
    let outside: string
    beforeEach(async () => {
      outside = await mkdtemp(join(tmpdir(), 'sluice-outside-'))
      writeFileSync(join(outside, 'secret'), 'secret')
    })
    afterEach(() => rm(outside, {recursive: true}))

    const object = (name: string) => `${local.cloud.url}/b/my-bucket/o/${name}`

    for (const name of [
      '..%2F..%2Fescaped',
      '..%2Fescaped',
      '%2Fetc%2Fpasswd',
      'a%2F..%2F..%2F..%2Fescaped',
      '..%5C..%5Cescaped',
    ])
      it(`for the object ${name}`, async () => {
        const upload = `${local.cloud.url}/upload/storage/v1/b/my-bucket/o?uploadType=media&name=${name}`
        expect((await fetch(upload, {method: 'POST', body: 'x'})).status).to.equal(200)
        expect(await (await fetch(`${object(name)}?alt=media`)).text()).to.equal('x')
        expect(readdirSync(local.cloud.dir).sort()).to.deep.equal(['.meta', 'my-bucket'])
        expect(existsSync(join(local.cloud.dir, '..', 'escaped'))).to.equal(false)
        expect((await fetch(object(name), {method: 'DELETE'})).status).to.equal(204)
        expect(readdirSync(path())).to.deep.equal([])
      })

    for (const bucket of ['..', '%2E%2E', '.meta', '..%2F..', '%2Fetc', 'my-bucket%2F..%2F..'])
      it(`for the bucket ${bucket}`, async () => {
        // fetch() would normalize the path before it is sent.
        const {request} = await import('node:http')
        const status = await new Promise(resolve => {
          const {hostname, port} = new URL(local.cloud.url)
          request({hostname, port, path: `/b/${bucket}/o/passwd?alt=media`}, response => {
            response.resume()
            resolve(response.statusCode)
          }).end()
        })
        expect(status).to.be.oneOf([400, 404])
      })

    it('by a link to a file', async () => {
      symlinkSync(join(outside, 'secret'), path('link'))
      expect(await names()).to.deep.equal([])
      expect((await failure(read('link'))).code).to.equal(404)
    })

    it('by a link to a folder, neither to read', async () => {
      symlinkSync(outside, path('link'))
      expect(await names()).to.deep.equal([])
      expect((await failure(read('link/secret'))).code).to.equal(404)
    })

    it('by a link to a folder, nor to write', async () => {
      symlinkSync(outside, path('link'))
      expect((await failure(save('link/new'))).code).to.equal(400)
      expect((await failure(save('link'))).code).to.equal(400)
      expect(readdirSync(outside)).to.deep.equal(['secret'])
    })

    it('by a link in place of a bucket', async () => {
      symlinkSync(outside, join(local.cloud.dir, 'linked'))
      expect((await failure(local.storage.bucket('linked').file('secret').download())).code).to.equal(404)
      expect((await local.storage.getBuckets())[0].map(bucket => bucket.name)).to.deep.equal(['my-bucket'])
    })
  })
})
