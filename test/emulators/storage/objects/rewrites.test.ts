import {randomBytes} from 'node:crypto'
import type {Bucket, File} from '@google-cloud/storage'
import {expect} from 'chai'
import {failure, useLocalCloud} from '../../local-cloud.ts'

const MiB = 2 ** 20
const WEEK = 7 * 24 * 3_600_000

describe('local Cloud Storage: copies', () => {
  let time = Date.UTC(2024, 5, 15)
  const local = useLocalCloud({clock: {now: () => time}})
  const file = (name = 'a') => local.bucket.file(name)
  const text = async (from: File) => String((await from.download())[0])
  const rewriteUrl = (query = '', to = 'far-bucket/o/b') =>
    `${local.cloud.url}/b/my-bucket/o/a/rewriteTo/b/${to}?${query}`
  const post = async (url: string, body = '{}') => {
    const response = await fetch(url, {method: 'POST', body})
    return {status: response.status, body: (await response.json()) as Record<string, never>}
  }

  beforeEach(() =>
    file().save('hello', {
      resumable: false,
      metadata: {contentType: 'text/csv', contentEncoding: 'x', metadata: {color: 'red'}},
    }),
  )

  it('have the bytes, the hashes and the metadata of their source', async () => {
    await file().copy('b')
    expect(await text(file('b'))).to.equal('hello')
    const [{md5Hash, crc32c}] = await file().getMetadata()
    expect((await file('b').getMetadata())[0]).to.deep.include({
      md5Hash,
      crc32c,
      contentType: 'text/csv',
      contentEncoding: 'x',
      metadata: {color: 'red'},
      metageneration: '1',
    })
  })

  const given: [string, object, object][] = [
    ['metadata', {metadata: {size: 'big'}}, {metadata: {size: 'big'}}],
    ['a content type', {contentType: 'text/x'}, {contentType: 'text/x'}],
    ['a storage class', {storageClass: 'NEARLINE'}, {storageClass: 'NEARLINE'}],
    ['all of it', {contentType: 'text/x', metadata: {size: 'big'}}, {contentType: 'text/x', metadata: {size: 'big'}}],
  ]
  for (const [what, options, wanted] of given)
    it(`have nothing else than what is given with them: ${what}`, async () => {
      await file().copy('b', options)
      const [{contentType, contentEncoding, metadata, storageClass}] = await file('b').getMetadata()
      expect({contentType, contentEncoding, metadata, storageClass}).to.deep.equal({
        contentType: undefined,
        contentEncoding: undefined,
        metadata: undefined,
        storageClass: 'STANDARD',
        ...wanted,
      })
    })

  it('have the metadata of their source where the request names their place only', async () => {
    await post(rewriteUrl('', 'my-bucket/o/b'), '{"name": "b", "bucket": "my-bucket"}')
    expect((await file('b').getMetadata())[0]).to.deep.include({contentType: 'text/csv', metadata: {color: 'red'}})
  })

  it('go to another bucket', async () => {
    const [other] = await local.storage.createBucket('other-bucket')
    await file().copy(other)
    expect(await text(other.file('a'))).to.equal('hello')
  })

  it('of composed objects have a component count and no MD5', async () => {
    await local.bucket.combine(['a', 'a'], 'two')
    await file('two').copy('b')
    expect((await file('b').getMetadata())[0])
      .to.include({componentCount: 2})
      .and.not.have.property('md5Hash')
  })

  it('of what is missing are 404', async () => {
    expect((await failure(file('missing').copy('b'))).code).to.equal(404)
    expect((await failure(file().copy(local.storage.bucket('missing').file('b')))).code).to.equal(404)
  })

  it('by the older call take one request', async () => {
    const {status, body} = await post(`${local.cloud.url}/b/my-bucket/o/a/copyTo/b/my-bucket/o/b`)
    expect(status).to.equal(200)
    expect(body).to.include({kind: 'storage#object', name: 'b', contentType: 'text/csv'})
    expect(await text(file('b'))).to.equal('hello')
  })

  describe('hold preconditions', () => {
    const wrong = ['ifGenerationMatch=5', 'ifMetagenerationMatch=5', 'ifSourceGenerationMatch=5']
    for (const query of [...wrong, 'ifSourceMetagenerationMatch=5'])
      for (const call of ['rewriteTo', 'copyTo'])
        it(`${query} of ${call}`, async () => {
          await file('b').save('there')
          const url = `${local.cloud.url}/b/my-bucket/o/a/${call}/b/my-bucket/o/b?${query}`
          expect((await post(url)).status).to.equal(412)
          expect(await text(file('b'))).to.equal('there')
        })

    for (const query of ['ifMetagenerationNotMatch=1', 'ifSourceMetagenerationNotMatch=1'])
      it(`${query}, answered 304`, async () => {
        await file('b').save('there')
        const response = await fetch(rewriteUrl(query, 'my-bucket/o/b'), {method: 'POST'})
        expect(response.status).to.equal(304)
      })

    it('of the official client', async () => {
      await file('b').save('there')
      const copy = file().copy('b', {preconditionOpts: {ifGenerationMatch: 0}})
      expect((await failure(copy)).code).to.equal(412)
      const generation = Number((await file('b').getMetadata())[0].generation)
      await file().copy('b', {preconditionOpts: {ifGenerationMatch: generation}})
      expect(await text(file('b'))).to.equal('hello')
    })
  })

  describe('in several calls', () => {
    const big = randomBytes(2 * MiB + 10)
    let far: Bucket
    beforeEach(async () => {
      ;[far] = await local.storage.createBucket('far-bucket', {location: 'EU'})
      await file().save(big, {resumable: false})
      local.cloud.log.clear()
    })

    it('continue with a token until they are done', async () => {
      const query = `maxBytesRewrittenPerCall=${MiB}`
      const one = await post(rewriteUrl(query))
      expect(one.body).to.include({done: false, totalBytesRewritten: String(MiB), objectSize: String(big.length)})
      const token = `${query}&rewriteToken=${one.body['rewriteToken']}`
      const two = await post(rewriteUrl(token))
      expect(two.body).to.include({done: false, totalBytesRewritten: String(2 * MiB)})
      expect((await far.file('b').exists())[0]).to.equal(false)
      const three = await post(rewriteUrl(token))
      expect(three.body)
        .to.include({done: true, totalBytesRewritten: String(big.length)})
        .and.not.have.property('rewriteToken')
      expect(three.body['resource']).to.include({name: 'b', size: String(big.length)})
      expect((await far.file('b').download())[0].equals(big)).to.equal(true)
    })

    it('are followed by the official client', async () => {
      const source = file()
      const limit = ({qs, ...rest}: {qs?: object}) => ({...rest, qs: {...qs, maxBytesRewrittenPerCall: MiB}})
      source.interceptors.push({request: limit as never})
      await source.copy(far.file('b'))
      expect(local.cloud.log.of({call: 'objects.rewrite'})).to.have.length(3)
      expect((await far.file('b').download())[0].equals(big)).to.equal(true)
    })

    it('are one call within a location and class, whatever the limit', async () => {
      const {body} = await post(rewriteUrl(`maxBytesRewrittenPerCall=${MiB}`, 'my-bucket/o/b'))
      expect(body).to.include({done: true})
    })

    it('hold the precondition of the first call also at their end', async () => {
      const query = `maxBytesRewrittenPerCall=${MiB}&ifGenerationMatch=0`
      const {body} = await post(rewriteUrl(query))
      await far.file('b').save('there')
      const token = `rewriteToken=${body['rewriteToken']}`
      await post(rewriteUrl(token))
      expect((await post(rewriteUrl(token))).status).to.equal(412)
      expect(await text(far.file('b'))).to.equal('there')
    })

    it('refuse a token of another copy, or with another limit', async () => {
      const {body} = await post(rewriteUrl(`maxBytesRewrittenPerCall=${MiB}`))
      const token = `rewriteToken=${body['rewriteToken']}`
      expect((await post(rewriteUrl(token, 'far-bucket/o/c'))).status).to.equal(400)
      expect((await post(rewriteUrl(`${token}&maxBytesRewrittenPerCall=${2 * MiB}`))).status).to.equal(400)
      expect((await post(rewriteUrl('rewriteToken=none'))).status).to.equal(400)
    })

    it('answer 410 after a week', async () => {
      const {body} = await post(rewriteUrl(`maxBytesRewrittenPerCall=${MiB}`))
      time += WEEK + 1
      expect((await post(rewriteUrl(`rewriteToken=${body['rewriteToken']}`))).status).to.equal(410)
    })

    for (const limit of ['1', '0', '-1048576', 'x'])
      it(`refuse a limit of ${limit} bytes a call`, async () => {
        expect((await post(rewriteUrl(`maxBytesRewrittenPerCall=${limit}`))).status).to.equal(400)
      })
  })

  describe('that move', () => {
    it('leave nothing under the old name: copy and delete', async () => {
      await file().move('b')
      expect((await local.bucket.getFiles())[0].map(one => one.name)).to.deep.equal(['b'])
    })

    it('leave nothing under the old name: in one step', async () => {
      await file().moveFileAtomic('dir/b')
      expect(await text(file('dir/b'))).to.equal('hello')
      expect((await file('dir/b').getMetadata())[0]).to.deep.include({
        contentType: 'text/csv',
        metadata: {color: 'red'},
      })
      expect((await file().exists())[0]).to.equal(false)
    })

    it('hold preconditions of both ends', async () => {
      await file('b').save('there')
      const move = file().moveFileAtomic('b', {preconditionOpts: {ifGenerationMatch: 0}})
      expect((await failure(move)).code).to.equal(412)
      const url = `${local.cloud.url}/b/my-bucket/o/a/moveTo/o/b?ifSourceGenerationMatch=5`
      expect((await post(url)).status).to.equal(412)
      expect(await text(file('b'))).to.equal('there')
      expect(await text(file())).to.equal('hello')
    })

    it('are 404 without a source', async () => {
      expect((await failure(file('missing').moveFileAtomic('b'))).code).to.equal(404)
    })
  })
})
