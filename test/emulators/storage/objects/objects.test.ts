import {expect} from 'chai'
import {failure, useLocalCloud} from '../../local-cloud.ts'

describe('local Cloud Storage: objects', () => {
  const local = useLocalCloud()
  const file = (name = 'a') => local.bucket.file(name)
  const metadata = async (name = 'a') => (await file(name).getMetadata())[0]

  beforeEach(() => file().save('hello', {resumable: false, metadata: {metadata: {color: 'red', size: 'big'}}}))

  it('answer 404 with their name when missing', async () => {
    expect(await failure(file('x/y').getMetadata())).to.include({code: 404, message: 'No such object: my-bucket/x/y'})
  })

  it('are gone after a delete', async () => {
    await file().delete()
    expect((await file().exists())[0]).to.equal(false)
    expect((await failure(file().delete())).code).to.equal(404)
  })

  it('are deleted by prefix by the client', async () => {
    await file('dir/b').save('x')
    await local.bucket.deleteFiles({prefix: 'dir/'})
    expect((await local.bucket.getFiles())[0].map(one => one.name)).to.deep.equal(['a'])
  })

  it('change metadata with a PATCH, which raises the metageneration only', async () => {
    const before = await metadata()
    await file().setMetadata({contentType: 'text/x', metadata: {color: 'blue'}})
    expect(await metadata()).to.deep.include({
      contentType: 'text/x',
      metageneration: '2',
      generation: before.generation,
      metadata: {color: 'blue', size: 'big'},
    })
  })

  it('lose what a PATCH sets to null', async () => {
    await file().setMetadata({metadata: {color: null}})
    expect((await metadata()).metadata).to.deep.equal({size: 'big'})
    await file().setMetadata({metadata: null} as never)
    expect((await metadata()).metadata).to.equal(undefined)
  })

  it('have a new etag after every change', async () => {
    const {etag} = await metadata()
    await file().setMetadata({contentType: 'text/x'})
    expect((await metadata()).etag).not.to.equal(etag)
  })

  it('have a media link that works', async () => {
    const {mediaLink} = await metadata()
    expect(await (await fetch(mediaLink as string)).text()).to.equal('hello')
  })

  it('lose with a PUT what it does not name', async () => {
    const response = await fetch(`${local.cloud.url}/b/my-bucket/o/a`, {
      method: 'PUT',
      body: JSON.stringify({contentType: 'text/x', metadata: {color: 'blue'}}),
    })
    expect(response.status).to.equal(200)
    expect(await metadata()).to.deep.include({contentType: 'text/x', metageneration: '2', metadata: {color: 'blue'}})
  })

  it('have the storage class that they or else their bucket was given', async () => {
    const [near] = await local.storage.createBucket('near-bucket', {storageClass: 'NEARLINE'})
    await near.file('a').save('x')
    await near.file('b').save('x', {metadata: {storageClass: 'ARCHIVE'}})
    const classes = (await near.getFiles())[0].map(one => one.metadata.storageClass)
    expect(classes).to.deep.equal(['NEARLINE', 'ARCHIVE'])
    expect((await metadata()).storageClass).to.equal('STANDARD')
  })

  it('change their storage class by a rewrite only', async () => {
    expect((await failure(file().setMetadata({storageClass: 'NEARLINE'}))).message).to.include('rewrite')
    await file().setStorageClass('nearline')
    expect((await metadata()).storageClass).to.equal('NEARLINE')
  })

  describe('composed', () => {
    beforeEach(() => file('b').save(' world'))

    it('have the bytes of their sources in order', async () => {
      await local.bucket.combine(['a', 'b', 'a'], 'all')
      expect((await file('all').download())[0].toString()).to.equal('hello worldhello')
    })

    it('have a component count and no MD5', async () => {
      await local.bucket.combine(['a', 'b'], 'ab')
      await local.bucket.combine(['ab', 'a'], 'aba')
      expect(await metadata('aba'))
        .to.include({componentCount: 3})
        .and.not.have.property('md5Hash')
    })

    it('may be one of their own sources', async () => {
      await local.bucket.combine(['a', 'b'], 'a')
      expect((await file().download())[0].toString()).to.equal('hello world')
    })

    it('answer 404 for a missing source', async () => {
      expect((await failure(local.bucket.combine(['a', 'missing'], 'all'))).code).to.equal(404)
    })

    it('take 32 sources at most', async () => {
      const error = await failure(local.bucket.combine(Array(33).fill('a'), 'all'))
      expect(error).to.include({code: 400})
    })

    it('hold a precondition for the target and one for each source', async () => {
      expect((await failure(local.bucket.combine(['a'], 'b', {ifGenerationMatch: 0}))).code).to.equal(412)
      const source = {name: 'a', objectPreconditions: {ifGenerationMatch: '1'}}
      const response = await fetch(`${local.cloud.url}/b/my-bucket/o/all/compose`, {
        method: 'POST',
        body: JSON.stringify({sourceObjects: [source]}),
      })
      expect(response.status).to.equal(412)
    })
  })

  describe('preconditions', () => {
    const other = 12345

    const refused: [string, () => Promise<unknown>][] = [
      [
        'an upload with ifGenerationMatch',
        () => file().save('x', {preconditionOpts: {ifGenerationMatch: other}, resumable: false}),
      ],
      [
        'an upload with ifGenerationMatch 0 of an existing object',
        () => file().save('x', {preconditionOpts: {ifGenerationMatch: 0}, resumable: false}),
      ],
      [
        'an upload with ifMetagenerationMatch',
        () => file().save('x', {preconditionOpts: {ifMetagenerationMatch: 7}, resumable: false}),
      ],
      ['a delete', () => file().delete({ifGenerationMatch: other})],
      ['a PATCH', () => file().setMetadata({contentType: 'x'}, {ifMetagenerationMatch: 7})],
      ['a read of metadata', () => request('/a?ifGenerationMatch=12345')],
      ['a read of media', () => request('/a?alt=media&ifMetagenerationMatch=2')],
    ]
    for (const [what, call] of refused)
      it(`refuse ${what} with 412 when they do not hold`, async () => {
        expect((await failure(call())).code).to.equal(412)
        expect((await file().download())[0].toString()).to.equal('hello')
      })

    it('let through what holds', async () => {
      const {generation} = await metadata()
      await file().save('new', {preconditionOpts: {ifGenerationMatch: Number(generation)}})
      await file().setMetadata({contentType: 'x'}, {ifMetagenerationMatch: 1})
      await file().delete({ifGenerationMatch: Number((await metadata()).generation)})
    })

    it('let a new object be made with ifGenerationMatch 0, once', async () => {
      const results = await Promise.allSettled(
        Array.from({length: 8}, () =>
          file('race').save('x', {preconditionOpts: {ifGenerationMatch: 0}, resumable: false}),
        ),
      )
      expect(results.filter(result => result.status === 'fulfilled')).to.have.length(1)
    })

    it('answer 304 to a read whose …NotMatch does not hold', async () => {
      const {generation} = await metadata()
      expect((await failure(request(`/a?ifGenerationNotMatch=${generation}`))).code).to.equal(304)
    })

    it('hold no …NotMatch for an object that is missing', async () => {
      const url = `${local.cloud.url}/upload/storage/v1/b/my-bucket/o?uploadType=media&name=new&ifGenerationNotMatch=5`
      expect((await fetch(url, {method: 'POST', body: 'x'})).status).to.equal(304)
      expect((await file('new').exists())[0]).to.equal(false)
    })

    it('refuse a number that is not one', async () => {
      expect((await failure(request('/a?ifGenerationMatch=x'))).code).to.equal(400)
    })

    async function request(path: string): Promise<void> {
      const {status, ok} = await fetch(`${local.cloud.url}/b/my-bucket/o${path}`)
      if (!ok) throw Object.assign(new Error('refused'), {code: status})
    }
  })

  const unsupported: [string, string, string][] = [
    ['the ACL of an object', 'GET', '/b/my-bucket/o/a/acl'],
    ['the ACL of a bucket', 'GET', '/b/my-bucket/acl'],
    ['the IAM policy of a bucket', 'GET', '/b/my-bucket/iam'],
    ['a notification', 'POST', '/b/my-bucket/notificationConfigs'],
    ['restoring a soft-deleted object', 'POST', '/b/my-bucket/o/a/restore'],
    ['watching a bucket', 'POST', '/b/my-bucket/o/watch'],
  ]
  for (const [what, method, path] of unsupported)
    it(`say that ${what} is not supported`, async () => {
      const response = await fetch(local.cloud.url + path, {method})
      expect(response.status).to.equal(400)
      expect(await response.text()).to.match(/local emulator: .* is not supported/)
    })
})
