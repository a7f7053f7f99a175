import {expect} from 'chai'
import {failure, useLocalCloud} from './local-cloud.ts'

describe('permissions', () => {
  const local = useLocalCloud()

  beforeEach(async () => {
    await local.bucket.file('a').save('hello')
  })

  /** Every call with exactly the permissions that Google documents for it. */
  const calls: [string, () => Promise<unknown>, string[]][] = [
    ['listing buckets', () => local.storage.getBuckets(), ['storage.buckets.list']],
    ['the service agent', () => local.storage.getServiceAccount(), ['resourcemanager.projects.get']],
    ['making a bucket', () => local.storage.createBucket('another'), ['storage.buckets.create']],
    ['reading a bucket', () => local.bucket.getMetadata(), ['storage.buckets.get']],
    ['deleting a bucket', () => local.bucket.delete().catch(ignoreNotEmpty), ['storage.buckets.delete']],
    ['listing objects', () => local.bucket.getFiles(), ['storage.objects.list']],
    ['reading metadata', () => local.bucket.file('a').getMetadata(), ['storage.objects.get']],
    ['reading an object', () => local.bucket.file('a').download(), ['storage.objects.get']],
    ['writing a new object', () => local.bucket.file('b').save('x', {resumable: false}), ['storage.objects.create']],
    ['writing a new object in a session', () => local.bucket.file('b').save('x'), ['storage.objects.create']],
    [
      'overwriting an object',
      () => local.bucket.file('a').save('x', {resumable: false}),
      ['storage.objects.create', 'storage.objects.delete'],
    ],
    [
      'overwriting an object in a session',
      () => local.bucket.file('a').save('x'),
      ['storage.objects.create', 'storage.objects.delete'],
    ],
    [
      'changing metadata',
      () => local.bucket.file('a').setMetadata({contentType: 'text/plain'}),
      ['storage.objects.get', 'storage.objects.update'],
    ],
    ['deleting an object', () => local.bucket.file('a').delete(), ['storage.objects.delete']],
    [
      'changing a bucket',
      () => local.bucket.setMetadata({labels: {a: '1'}}),
      ['storage.buckets.get', 'storage.buckets.update'],
    ],
    ['copying', () => local.bucket.file('a').copy('b'), ['storage.objects.create', 'storage.objects.get']],
    [
      'overwriting by a copy',
      () => local.bucket.file('a').copy('a'),
      ['storage.objects.create', 'storage.objects.delete', 'storage.objects.get'],
    ],
    ['moving', () => local.bucket.file('a').moveFileAtomic('b'), ['storage.objects.create', 'storage.objects.move']],
    ['composing', () => local.bucket.combine(['a', 'a'], 'aa'), ['storage.objects.create', 'storage.objects.get']],
  ]

  for (const [what, call, needed] of calls) {
    it(`${what} works with ${needed.join(' and ')} alone`, async () => {
      local.cloud.permissions = needed
      await call()
    })

    for (const missing of needed)
      it(`${what} is a 403 without ${missing}`, async () => {
        local.cloud.permissions = needed.filter(permission => permission !== missing)
        const error = await failure(call())
        // The client's resumable uploads hand out the bare HTTP error.
        const {response} = error as {response?: {status?: number; data?: unknown}}
        expect(error.code ?? response?.status).to.equal(403)
        expect(error.message + JSON.stringify(response?.data)).to.include(missing)
      })
  }

  it('name principal, permission and resource in the error', async () => {
    local.cloud.permissions = []
    const {message} = await failure(local.bucket.file('a').getMetadata())
    expect(message).to.match(
      /^local-user@local-project\.iam\.gserviceaccount\.com does not have storage\.objects\.get access to my-bucket\/a\./,
    )
  })

  it('answer 403, not 404, for a missing object when the caller may not list', async () => {
    local.cloud.permissions = ['storage.objects.get']
    expect((await failure(local.bucket.file('missing').getMetadata())).code).to.equal(403)
  })

  it('answer 404 for a missing object when the caller may list', async () => {
    local.cloud.permissions = ['storage.objects.get', 'storage.objects.list']
    expect((await failure(local.bucket.file('missing').getMetadata())).code).to.equal(404)
  })

  it('are all granted again when set to undefined', async () => {
    local.cloud.permissions = []
    local.cloud.permissions = undefined
    await local.bucket.getFiles()
  })

  it('refuse anything that is not a permission', () => {
    expect(() => {
      local.cloud.permissions = ['admin']
    }).to.throw('permissions')
  })
})

/** The bucket of the fixture has an object; that this is what stands in the way shows that the permission was there. */
function ignoreNotEmpty(error: {code?: number}): void {
  if (error.code !== 409) throw error
}
