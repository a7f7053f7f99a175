import type {BucketMetadata, CreateBucketRequest, FileMetadata} from '@google-cloud/storage'
import {expect} from 'chai'
import {failure, useLocalCloud} from '../../local-cloud.ts'

describe('local Cloud Storage: what production refuses', () => {
  const local = useLocalCloud()
  const file = (name = 'a') => local.bucket.file(name)
  const refusal = async (promise: Promise<unknown>) => {
    const {code, message} = await failure(promise)
    return `${code} ${message}`
  }

  describe('custom metadata', () => {
    const ways: Record<string, (metadata: FileMetadata) => Promise<unknown>> = {
      'a multipart upload': metadata => file().save('x', {resumable: false, metadata}),
      'a patch': async metadata => {
        await file().save('x', {resumable: false})
        await file().setMetadata(metadata)
      },
      'a copy': async metadata => {
        await file().save('x', {resumable: false})
        await file().copy('b', metadata as object)
      },
      'a composed object': async metadata => {
        await file().save('x', {resumable: false})
        const body = JSON.stringify({sourceObjects: [{name: 'a'}], destination: metadata})
        await local.bucket.request({method: 'POST', uri: '/o/b/compose', json: JSON.parse(body)})
      },
    }
    for (const [what, give] of Object.entries(ways)) {
      it(`of 8 KiB is taken: ${what}`, async () => {
        await give({contentType: 'text/plain', metadata: {key: 'ä'.repeat(4093), abc: ''}})
        await give({contentType: 'text/plain', metadata: {key: 'x'.repeat(8189)}})
      })

      it(`of more than 8 KiB is refused: ${what}`, async () => {
        const metadata = {key: 'ä'.repeat(4094), abc: 'xx'}
        expect(await refusal(give({contentType: 'text/plain', metadata}))).to.match(/^400 .*8196 bytes.*8192/)
      })
    }

    it('may have any keys', async () => {
      const metadata = '{"metadata": {"__proto__": "a", "constructor": "b", "": "c", "日本": "d"}}'
      const body = `--b\r\n\r\n${metadata}\r\n--b\r\n\r\nx\r\n--b--`
      const url = `${local.cloud.url}/upload/storage/v1/b/my-bucket/o?uploadType=multipart&name=a&fields=metadata`
      const headers = {'content-type': 'multipart/related; boundary=b'}
      const response = await fetch(url, {method: 'POST', headers, body})
      expect(JSON.parse(await response.text())).to.deep.equal(JSON.parse(metadata))
    })

    it('counts what a patch leaves', async () => {
      await file().save('x', {resumable: false, metadata: {metadata: {a: 'x'.repeat(5000)}}})
      expect(await refusal(file().setMetadata({metadata: {b: 'x'.repeat(5000)}}))).to.match(/^400 /)
      await file().setMetadata({metadata: {a: null, b: 'x'.repeat(5000)}})
    })
  })

  describe('customTime', () => {
    const at = '2024-02-29T12:00:00Z'
    beforeEach(() => file().save('x', {resumable: false, metadata: {customTime: at}}))

    for (const [what, customTime, taken] of [
      ['later', '2024-03-01T00:00:00Z', true],
      ['the same', at, true],
      ['the same with an offset', '2024-02-29T14:00:00+02:00', true],
      ['back', '2024-02-29T11:59:59.999Z', false],
      ['back by its offset', '2024-02-29T12:00:00+00:01', false],
      ['taken away', null, false],
      ['no time', 'tomorrow', false],
      ['a day that does not exist', '2025-02-29T12:00:00Z', false],
    ] as const)
      it(`set ${what} is ${taken ? 'taken' : 'refused'}`, async () => {
        const patch = file().setMetadata({customTime} as FileMetadata)
        if (taken) await patch
        else expect(await refusal(patch)).to.match(/^400 /)
        expect((await file().getMetadata())[0].customTime).to.equal(taken ? customTime : at)
      })

    it('may be reset by a rewrite', async () => {
      await file().copy('a', {metadata: {}, contentType: 'text/plain'})
      expect((await file().getMetadata())[0]).not.to.have.property('customTime')
    })
  })

  it('control characters in what becomes a header', async () => {
    for (const name of ['contentDisposition', 'cacheControl', 'contentLanguage', 'contentType', 'contentEncoding'])
      expect(await refusal(file().save('x', {resumable: false, metadata: {[name]: 'a\r\nb'}}))).to.match(/^400 /)
  })

  describe('names of buckets', () => {
    const bad: [string, string][] = [
      ['ab', 'fewer than 3'],
      ['a'.repeat(64), 'more than 63'],
      [`${'a'.repeat(63)}.${'b'.repeat(64)}`, '63 characters between dots'],
      [Array(5).fill('a'.repeat(50)).join('.'), '222'],
      ['My-bucket', 'characters other'],
      ['my bucket', 'characters other'],
      ['-my-bucket', 'start and end'],
      ['my-bucket-', 'start and end'],
      ['_my-bucket', 'start and end'],
      ['my..bucket', 'two dots'],
      ['192.168.5.4', 'IP address'],
      ['goog-bucket', "starts with 'goog'"],
      ['googbucket', "starts with 'goog'"],
      ['my-google-bucket', "contains 'google'"],
      ['my-g00gle-bucket', "contains 'google'"],
      ['my-goog1e-bucket', "contains 'google'"],
    ]
    for (const [name, problem] of bad)
      it(`${name.slice(0, 20)}: ${problem}`, async () => {
        expect(await refusal(local.storage.createBucket(name)))
          .to.match(/^400 Invalid bucket name/)
          .and.to.include(problem)
      })

    for (const name of ['abc', 'a'.repeat(63), 'my_bucket', '1-2-3', 'a.b.c', `${'a'.repeat(63)}.${'b'.repeat(63)}`])
      it(`but not ${name.slice(0, 20)}`, async () => {
        expect((await local.storage.createBucket(name))[0].name).to.equal(name)
      })
  })

  describe('settings of buckets', () => {
    const rule = (action: object, condition: object = {age: 1}) => ({lifecycle: {rule: [{action, condition}]}})
    const bad: [string, unknown][] = [
      ['an unknown lifecycle action', rule({type: 'Explode'})],
      ['a lifecycle action in lower case', rule({type: 'delete'})],
      ['no lifecycle action', {lifecycle: {rule: [{condition: {age: 1}}]}}],
      ['a lifecycle action without condition', rule({type: 'Delete'}, {})],
      ['an unknown lifecycle condition', rule({type: 'Delete'}, {olderThan: 5})],
      ['a lifecycle condition of a wrong type', rule({type: 'Delete'}, {age: 'old'})],
      ['a negative age', rule({type: 'Delete'}, {age: -1})],
      ['an unknown storage class in a lifecycle', rule({type: 'SetStorageClass', storageClass: 'LUKEWARM'})],
      ['uploads aborted for their versions', rule({type: 'AbortIncompleteMultipartUpload'}, {numNewerVersions: 1})],
      ['a lifecycle with rules that are none', {lifecycle: {rule: 'Delete'}}],
      ['101 lifecycle rules', {lifecycle: {rule: Array(101).fill({action: {type: 'Delete'}, condition: {age: 1}})}}],
      ['a CORS configuration that is no array', {cors: {origin: ['*']}}],
      ['an unknown storage class', {storageClass: 'LUKEWARM'}],
      ['a label in upper case', {labels: {Team: 'a'}}],
      ['65 labels', {labels: Object.fromEntries(Array.from({length: 65}, (_, at) => [`l${at}`, 'x']))}],
      ['a default encryption key', {encryption: {defaultKmsKeyName: 'k'}}],
      ['soft delete', {softDeletePolicy: {retentionDurationSeconds: '604800'}}],
      ['an ACL', {acl: [{entity: 'allUsers', role: 'READER'}]}],
    ]
    for (const [what, settings] of bad) {
      it(`${what}, by a patch`, async () => {
        expect(await refusal(local.bucket.setMetadata(settings as BucketMetadata))).to.match(/^400 /)
      })

      it(`${what}, at the start`, async () => {
        expect(await refusal(local.storage.createBucket('new-bucket', settings as CreateBucketRequest))).to.match(
          /^400 /,
        )
        expect((await local.storage.bucket('new-bucket').exists())[0]).to.equal(false)
      })
    }

    it('but not the lifecycles of the documentation', async () => {
      const rules = [
        {
          action: {type: 'SetStorageClass', storageClass: 'NEARLINE'},
          condition: {age: 365, matchesStorageClass: ['STANDARD']},
        },
        {action: {type: 'Delete'}, condition: {age: 30, isLive: true}},
        {
          action: {type: 'Delete'},
          condition: {numNewerVersions: 2, isLive: false, matchesPrefix: ['a'], matchesSuffix: ['.log']},
        },
        {
          action: {type: 'Delete'},
          condition: {
            createdBefore: '2013-01-15',
            customTimeBefore: '2020-01-01',
            noncurrentTimeBefore: '2020-01-01',
            daysSinceCustomTime: 0,
            daysSinceNoncurrentTime: 1,
          },
        },
        {action: {type: 'AbortIncompleteMultipartUpload'}, condition: {age: 7}},
      ]
      await local.bucket.setMetadata({lifecycle: {rule: rules}} as BucketMetadata)
      expect((await local.bucket.getMetadata())[0].lifecycle).to.deep.equal({rule: rules})
      await local.bucket.addLifecycleRule({action: {type: 'Delete'}, condition: {age: 3}})
    })

    const cleared: [string, object, object][] = [
      ['cors', {cors: [{origin: ['*'], method: ['GET'], maxAgeSeconds: 3}]}, {cors: []}],
      ['lifecycle', rule({type: 'Delete'}), {lifecycle: {rule: []}}],
      ['lifecycle', rule({type: 'Delete'}), {lifecycle: {}}],
      ['lifecycle', rule({type: 'Delete'}), {lifecycle: null}],
      ['website', {website: {mainPageSuffix: 'i.html'}}, {website: {mainPageSuffix: null}}],
      ['labels', {labels: {a: 'b'}}, {labels: {a: null}}],
      ['logging', {logging: {logBucket: 'my-bucket'}}, {logging: null}],
    ]
    for (const [name, before, after] of cleared)
      it(`cleared by ${JSON.stringify(after)} are not shown`, async () => {
        await local.bucket.setMetadata(before as BucketMetadata)
        expect((await local.bucket.getMetadata())[0]).to.have.property(name)
        await local.bucket.setMetadata(after as BucketMetadata)
        expect((await local.bucket.getMetadata())[0]).not.to.have.property(name)
      })

    it('of a website are changed one by one', async () => {
      await local.bucket.setMetadata({website: {mainPageSuffix: 'i.html'}})
      await local.bucket.setMetadata({website: {notFoundPage: '404.html'}})
      const [{website}] = await local.bucket.getMetadata()
      expect(website).to.deep.equal({mainPageSuffix: 'i.html', notFoundPage: '404.html'})
    })
  })

  describe('keys to encrypt by', () => {
    const key = Buffer.alloc(32, 'k')
    beforeEach(() => file().save('x', {resumable: false}))
    const ways: Record<string, () => Promise<unknown>> = {
      'a multipart upload': () => local.bucket.file('b', {encryptionKey: key}).save('x', {resumable: false}),
      'a resumable upload': () => local.bucket.file('b', {encryptionKey: key}).save('x'),
      'a download': () => local.bucket.file('a', {encryptionKey: key}).download(),
      metadata: () => local.bucket.file('a', {encryptionKey: key}).getMetadata(),
      'a copy': () => file().copy(local.bucket.file('b', {encryptionKey: key})),
      'a rotation': () => file().rotateEncryptionKey(key),
      'a rotation to a KMS key': () => file().rotateEncryptionKey({kmsKeyName: 'k'} as never),
      'a KMS key of an upload': () => local.bucket.file('b', {kmsKeyName: 'k'}).save('x', {resumable: false}),
      'a KMS key of a resumable upload': () => local.bucket.file('b', {kmsKeyName: 'k'}).save('x'),
      'a KMS key of a copy': () => file().copy('b', {destinationKmsKeyName: 'k'}),
    }
    for (const [what, work] of Object.entries(ways))
      it(`of ${what}`, async () => {
        const error = (await failure(work())) as Error & {code?: number; response?: {data?: unknown; status?: number}}
        const said = `${error.code ?? error.response?.status} ${error.message} ${JSON.stringify(error.response?.data)}`
        expect(said)
          .to.include('400')
          .and.to.match(/encryption key|Request failed/)
        expect((await file('b').exists())[0]).to.equal(false)
      })
  })
})
