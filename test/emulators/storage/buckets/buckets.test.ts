import {mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import {expect} from 'chai'
import {failure, useLocalCloud} from '../../local-cloud.ts'

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

  it('belong to a project whose service agent has an address of its own', async () => {
    const [agent] = await local.storage.getServiceAccount()
    const email = 'service-local-project@gs-project-accounts.iam.gserviceaccount.com'
    expect(agent).to.deep.equal({kind: 'storage#serviceAccount', emailAddress: email})
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

  it('change settings and labels, which raises the metageneration', async () => {
    await local.bucket.setMetadata({labels: {a: '1', b: '2'}, versioning: {enabled: true}})
    await local.bucket.setMetadata({labels: {a: null, c: '3'}} as never)
    const [metadata] = await local.bucket.getMetadata()
    expect(metadata).to.deep.include({labels: {b: '2', c: '3'}, versioning: {enabled: true}, metageneration: '3'})
  })

  it('lose with a PUT what it does not name', async () => {
    await local.bucket.setMetadata({labels: {a: '1'}, versioning: {enabled: true}})
    const body = JSON.stringify({versioning: {enabled: false}})
    await fetch(`${local.cloud.url}/b/my-bucket`, {method: 'PUT', body})
    const [metadata] = await local.bucket.getMetadata()
    expect(metadata)
      .to.deep.include({versioning: {enabled: false}})
      .and.not.have.property('labels')
  })

  it('hold preconditions on their metageneration', async () => {
    const change = local.bucket.setMetadata({labels: {a: '1'}}, {ifMetagenerationMatch: 7})
    expect((await failure(change)).code).to.equal(412)
    await local.bucket.setMetadata({labels: {a: '1'}}, {ifMetagenerationMatch: 1})
    expect((await failure(local.bucket.delete({ifMetagenerationMatch: 1}))).code).to.equal(412)
    expect((await local.bucket.exists())[0]).to.equal(true)
  })

  it('show lifecycle rules and CORS again', async () => {
    const cors = [{origin: ['*'], method: ['GET']}]
    await local.bucket.setCorsConfiguration(cors)
    await local.bucket.addLifecycleRule({action: {type: 'Delete'}, condition: {age: 1}})
    await local.bucket.addLifecycleRule({action: {type: 'Delete'}, condition: {age: 2}})
    const [metadata] = await local.bucket.getMetadata()
    expect(metadata.cors).to.deep.equal(cors)
    expect(metadata.lifecycle?.rule).to.have.length(2)
    await local.bucket.setMetadata({lifecycle: null})
    expect((await local.bucket.getMetadata())[0]).not.to.have.property('lifecycle')
  })

  it('cannot be moved to another location', async () => {
    expect((await failure(local.bucket.setMetadata({location: 'EU'}))).code).to.equal(400)
  })

  it('may be changed when a person made their folder, until a reset', async () => {
    await mkdir(join(local.cloud.dir, 'by-hand'))
    const bucket = local.storage.bucket('by-hand')
    await bucket.setMetadata({versioning: {enabled: true}})
    expect((await bucket.getMetadata())[0].versioning).to.deep.equal({enabled: true})
    await local.cloud.reset()
    expect((await bucket.getMetadata())[0].versioning).to.equal(undefined)
  })

  for (const name of ['retentionPolicy', 'encryption'])
    it(`refuse ${name}, which is not supported`, async () => {
      const error = await failure(local.storage.createBucket('other-bucket', {[name]: {retentionPeriod: 1}}))
      expect(error.message).to.include('local emulator').and.include('not supported')
    })

  const wrong: [string, unknown][] = [
    ['labels', ['a']],
    ['labels', {a: 1}],
    ['versioning', {enabled: 'yes'}],
    ['defaultEventBasedHold', 'yes'],
    ['storageClass', 1],
  ]
  for (const [name, value] of wrong)
    it(`refuse ${name}: ${JSON.stringify(value)}`, async () => {
      const body = JSON.stringify({[name]: value})
      const response = await fetch(`${local.cloud.url}/b/my-bucket`, {method: 'PATCH', body})
      expect(response.status).to.equal(400)
      expect(await response.text()).to.include(name)
    })

  it('tell which permissions the caller has', async () => {
    local.cloud.permissions = ['storage.objects.get']
    const [granted] = await local.bucket.iam.testPermissions(['storage.objects.get', 'storage.objects.list'])
    expect(granted).to.deep.equal({'storage.objects.get': true, 'storage.objects.list': false})
  })
})
