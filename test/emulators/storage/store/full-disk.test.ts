import fs, {existsSync, readdirSync} from 'node:fs'
import {syncBuiltinESMExports} from 'node:module'
import {join} from 'node:path'
import {expect} from 'chai'
import {useLocalCloud} from '../../local-cloud.ts'

/** Runs a task while files cannot grow, or only sidecars cannot. */
async function onFullDisk<T>(what: 'content' | 'sidecars', task: () => Promise<T>): Promise<T> {
  const {writeSync, writeFileSync} = fs
  const full = () => {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), {code: 'ENOSPC'})
  }
  if (what === 'content') fs.writeSync = full
  else fs.writeFileSync = full
  syncBuiltinESMExports()
  try {
    return await task()
  } finally {
    Object.assign(fs, {writeSync, writeFileSync})
    syncBuiltinESMExports()
  }
}

describe('local Cloud Storage: on a full disk', () => {
  const local = useLocalCloud()
  const upload = (query: string) => `${local.cloud.url}/upload/storage/v1/b/my-bucket/o?${query}`
  const long = 'x'.repeat(5_000_000)
  const multipart = `--b\r\n\r\n{"metadata": {"is": "new"}}\r\n--b\r\n\r\n${long}\r\n--b--`
  const multipartType = {'content-type': 'multipart/related; boundary=b'}
  beforeEach(() => local.bucket.file('a').save('before', {resumable: false, metadata: {metadata: {is: 'old'}}}))

  const session = async () => {
    const response = await fetch(upload('uploadType=resumable&name=a'), {method: 'POST'})
    return response.headers.get('location')!
  }
  const ways: Record<string, () => Promise<Response>> = {
    'a multipart upload': () =>
      fetch(upload('uploadType=multipart&name=a'), {method: 'POST', headers: multipartType, body: multipart}),
    'media alone': () => fetch(upload('uploadType=media&name=a'), {method: 'POST', body: long}),
  }

  for (const what of ['content', 'sidecars'] as const)
    for (const [how, send] of Object.entries(ways))
      it(`${how} is answered 507 and leaves all as it was, without room for ${what}`, async () => {
        const response = await onFullDisk(what, send)
        expect(response.status).to.equal(507)
        expect(((await response.json()) as {error: {message: string}}).error.message).to.include('full')
        expect(String((await local.bucket.file('a').download())[0])).to.equal('before')
        expect((await local.bucket.file('a').getMetadata())[0].metadata).to.deep.equal({is: 'old'})
        const drafts = join(local.cloud.dir, '.meta', 'tmp')
        expect(existsSync(drafts) ? readdirSync(drafts) : []).to.deep.equal([])
      })

  it('a resumable upload is answered 507, and continues when there is room again', async () => {
    const url = await session()
    const put = () => fetch(url, {method: 'PUT', body: long})
    expect((await onFullDisk('content', put)).status).to.equal(507)
    expect((await put()).status).to.equal(200)
    expect(String((await local.bucket.file('a').download())[0]) === long).to.equal(true)
  })

  it('what needs no room is answered', async () => {
    const content = await onFullDisk('content', () => local.bucket.file('a').download())
    expect(String(content[0])).to.equal('before')
  })
})
