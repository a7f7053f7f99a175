import {once} from 'node:events'
import {readdirSync, statSync} from 'node:fs'
import {request} from 'node:http'
import {join} from 'node:path'
import {expect} from 'chai'
import {failure, useLocalCloud} from '../../local-cloud.ts'

const STEP = 256 * 1024

describe('local Cloud Storage: resumable sessions', () => {
  let time = Date.UTC(2024, 5, 15)
  const local = useLocalCloud({clock: {now: () => time}})
  const content = async () => (await local.bucket.file('a').download())[0]

  /** Starts a session and returns its URL. */
  async function start(query = '', body?: string): Promise<string> {
    const url = `${local.cloud.url}/upload/storage/v1/b/my-bucket/o?uploadType=resumable&name=a${query}`
    const response = await fetch(url, {method: 'POST', ...(body && {body})})
    expect(response.status).to.equal(200)
    return response.headers.get('location')!
  }

  async function put(url: string, range: string | undefined, body: string | Buffer = '') {
    const headers: Record<string, string> = range === undefined ? {} : {'content-range': range}
    const response = await fetch(url, {method: 'PUT', headers, body})
    return {status: response.status, range: response.headers.get('range'), text: await response.text()}
  }

  const chunk = Buffer.alloc(STEP, 'c')
  const big = Buffer.alloc(10 * STEP, 'b')

  it('have an absolute loopback URL', async () => {
    expect(await start()).to.match(/^http:\/\/127\.0\.0\.1:\d+\/upload\/storage\/v1\/b\/my-bucket\/o\?.*upload_id=/)
  })

  it('take the type from x-upload-content-type', async () => {
    const url = `${local.cloud.url}/upload/storage/v1/b/my-bucket/o?uploadType=resumable&name=a`
    const response = await fetch(url, {method: 'POST', headers: {'x-upload-content-type': 'text/x'}})
    await put(response.headers.get('location')!, undefined, 'x')
    expect((await local.bucket.file('a').getMetadata())[0].contentType).to.equal('text/x')
  })

  it('end with one PUT without Content-Range', async () => {
    expect((await put(await start(), undefined, 'hello')).status).to.equal(200)
    expect((await content()).toString()).to.equal('hello')
  })

  it('answer 308 with what is stored until the total is there', async () => {
    const url = await start()
    expect(await put(url, `bytes 0-${STEP - 1}/*`, chunk)).to.include({status: 308, range: `bytes=0-${STEP - 1}`})
    expect(await put(url, `bytes ${STEP}-${STEP + 4}/${STEP + 5}`, 'hello')).to.include({status: 200})
    expect((await content()).toString()).to.equal(`${chunk}hello`)
  })

  it('answer a status query without Range when nothing is stored', async () => {
    expect(await put(await start(), 'bytes */*')).to.include({status: 308, range: null})
  })

  it('answer a status query with what is stored', async () => {
    const url = await start()
    await put(url, `bytes 0-${STEP - 1}/*`, chunk)
    expect(await put(url, 'bytes */*')).to.include({status: 308, range: `bytes=0-${STEP - 1}`})
  })

  it('answer a status query with the object once it is finished', async () => {
    const url = await start()
    await put(url, undefined, 'hello')
    const {status, text} = await put(url, 'bytes */*')
    expect(status).to.equal(200)
    expect(JSON.parse(text)).to.include({name: 'a', size: '5'})
  })

  it('answer a repeated last PUT with the same object, without writing it again', async () => {
    const url = await start()
    const first = await put(url, 'bytes 0-4/5', 'hello')
    const second = await put(url, 'bytes 0-4/5', 'hello')
    expect(second).to.deep.equal(first)
  })

  it('are finished by a query that names the total when all is stored', async () => {
    const url = await start()
    await put(url, `bytes 0-${STEP - 1}/*`, chunk)
    expect((await put(url, `bytes */${STEP}`)).status).to.equal(200)
  })

  it('ignore bytes that are stored already', async () => {
    const url = await start()
    await put(url, `bytes 0-${STEP - 1}/*`, chunk)
    const again = Buffer.concat([Buffer.alloc(10, 'Z'), Buffer.from('end')])
    expect((await put(url, `bytes ${STEP - 10}-${STEP + 2}/${STEP + 3}`, again)).status).to.equal(200)
    expect((await content()).toString()).to.equal(`${chunk}end`)
  })

  it('refuse bytes that would leave a gap', async () => {
    const {status, text} = await put(await start(), `bytes ${STEP}-${STEP + 4}/*`, 'hello')
    expect(status).to.equal(503)
    expect(text).to.include('exceeds already uploaded size of 0')
  })

  it('keep a chunk that is not the last in steps of 256 KiB', async () => {
    const long = Buffer.alloc(STEP + 100)
    expect(await put(await start(), `bytes 0-${STEP + 99}/*`, long)).to.include({range: `bytes=0-${STEP - 1}`})
  })

  it('keep what a broken connection brought, in steps of 256 KiB', async () => {
    const url = await start()
    const sent = request(url, {method: 'PUT', headers: {'content-range': 'bytes 0-*/*'}})
    const broken = once(sent, 'error')
    sent.write(chunk)
    sent.write('some more')
    const drafts = join(local.cloud.dir, '.meta', 'tmp')
    while (statSync(join(drafts, readdirSync(drafts)[0]!)).size < STEP + 9) await new Promise(setImmediate)
    sent.destroy(new Error('gone'))
    await broken
    expect(await put(url, 'bytes */*')).to.include({status: 308, range: `bytes=0-${STEP - 1}`})
  })

  it('are taken over by a new PUT while an old one hangs', async () => {
    const url = await start()
    const hanging = request(url, {method: 'PUT', headers: {'content-range': 'bytes 0-*/*'}})
    const broken = once(hanging, 'error')
    hanging.write('half of')
    while (local.cloud.log.of({call: 'uploads.put'})[0]?.requestBytes !== 7) await new Promise(setImmediate)
    expect((await put(url, 'bytes 0-4/5', 'hello')).status).to.equal(200)
    await broken
    expect((await content()).toString()).to.equal('hello')
  })

  it('are gone with 410 after a cancel, which is answered 499', async () => {
    const url = await start()
    expect((await fetch(url, {method: 'DELETE'})).status).to.equal(499)
    expect((await put(url, 'bytes */*')).status).to.equal(410)
  })

  it('are gone with 410 if they never were', async () => {
    const url = (await start()).replace(/upload_id=.*/, 'upload_id=nonsense')
    expect((await put(url, 'bytes */*')).status).to.equal(410)
  })

  it('are gone with 410 after a week', async () => {
    const url = await start()
    time += 7 * 24 * 3_600_000 - 1
    expect((await put(url, 'bytes */*')).status).to.equal(308)
    time++
    expect((await put(url, 'bytes */*')).status).to.equal(410)
  })

  it('end with a total that was unknown before', async () => {
    const url = await start()
    await put(url, `bytes 0-${STEP - 1}/*`, chunk)
    expect((await put(url, `bytes ${STEP}-*/*`, 'end')).status).to.equal(200)
    expect((await content()).toString()).to.equal(`${chunk}end`)
  })

  it('of nothing are finished by a query that names the total 0', async () => {
    expect((await put(await start(), 'bytes */0')).status).to.equal(200)
    expect(await content()).to.have.length(0)
  })

  it('store every byte once when two last PUTs come side by side', async () => {
    const url = await start()
    const both = await Promise.allSettled([put(url, undefined, big), put(url, undefined, big)])
    expect(both.flatMap(one => (one.status === 'fulfilled' ? [one.value.status] : []))).to.include(200)
    expect((await content()).equals(big)).to.equal(true)
  })

  for (const range of ['bytes 5-2/*', 'lines 0-1/2', 'bytes 0-1', 'bytes 0-9/9', 'bytes 5-20/10'])
    it(`refuse the Content-Range ${range}`, async () => {
      expect((await put(await start(), range, 'x')).status).to.equal(400)
    })

  it('refuse a body of another length than announced', async () => {
    expect((await put(await start(), 'bytes 0-9/10', 'hello')).status).to.equal(400)
  })

  it('start whatever their precondition, which is for their end', async () => {
    await local.bucket.file('a').save('there')
    const url = await start('&ifGenerationMatch=0')
    expect((await put(url, undefined, 'late')).status).to.equal(412)
    expect((await content()).toString()).to.equal('there')
  })

  it('hold the precondition of their start at their end', async () => {
    const url = await start('&ifGenerationMatch=0')
    await local.bucket.file('a').save('there')
    expect((await put(url, undefined, 'late')).status).to.equal(412)
    expect((await content()).toString()).to.equal('there')
  })

  it('check the hash that was announced at their start', async () => {
    expect((await put(await start('', '{"crc32c": "AAAAAA=="}'), undefined, 'hello')).status).to.equal(400)
    expect((await failure(content())).code).to.equal(404)
  })
})
