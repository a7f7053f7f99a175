import {expect} from 'chai'
import {failure, useLocalCloud} from '../local-cloud.ts'

describe('local Cloud Storage: buckets', () => {
  const local = useLocalCloud()

  it('are made, seen and listed by name', async () => {
    await local.storage.createBucket('another-bucket', {location: 'eu', labels: {team: 'x'}})
    const [metadata] = await local.storage.bucket('another-bucket').getMetadata()
    expect(metadata).to.deep.include({name: 'another-bucket', location: 'EU', labels: {team: 'x'}})
    const [buckets] = await local.storage.getBuckets()
    expect(buckets.map(bucket => bucket.name)).to.deep.equal(['another-bucket', 'my-bucket'])
  })

  it('are listed by prefix and in pages', async () => {
    for (const name of ['x-1', 'x-2', 'x-3']) await local.storage.createBucket(name)
    const [page, next] = await local.storage.getBuckets({prefix: 'x-', maxResults: 2, autoPaginate: false})
    expect(page.map(bucket => bucket.name)).to.deep.equal(['x-1', 'x-2'])
    const [rest] = await local.storage.getBuckets({...next, autoPaginate: false})
    expect(rest.map(bucket => bucket.name)).to.deep.equal(['x-3'])
  })

  it('cannot be made twice', async () => {
    expect((await failure(local.storage.createBucket('my-bucket'))).code).to.equal(409)
  })

  for (const name of ['a', 'My-Bucket', '-abc', '..', '192.168.1.1', 'a..b', 'x'.repeat(64), '.meta'])
    it(`cannot be called ${name}`, async () => {
      expect((await failure(local.storage.createBucket(name))).code).to.equal(400)
    })

  it('do not exist before they are made', async () => {
    expect((await local.storage.bucket('missing').exists())[0]).to.equal(false)
    const error = await failure(local.storage.bucket('missing').file('a').save('x'))
    expect(JSON.stringify((error as {response?: {data: unknown}}).response?.data)).to.include('bucket does not exist')
  })

  it('say in a listing that they do not exist', async () => {
    const error = await failure(local.storage.bucket('missing').getFiles())
    expect(error).to.include({code: 404, message: 'The specified bucket does not exist.'})
  })

  it('are deleted only when empty', async () => {
    await local.bucket.file('a').save('x')
    expect((await failure(local.bucket.delete())).code).to.equal(409)
    await local.bucket.file('a').delete()
    await local.bucket.delete()
    expect((await local.bucket.exists())[0]).to.equal(false)
  })

  it('refuse object versioning, which is not supported', async () => {
    const error = await failure(local.storage.createBucket('versioned', {versioning: {enabled: true}}))
    expect(error.message).to.include('local emulator').and.include('not supported')
  })
})
