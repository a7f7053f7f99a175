import {once} from 'node:events'
import {type IncomingMessage, request} from 'node:http'
import {text} from 'node:stream/consumers'
import {setImmediate as turn} from 'node:timers/promises'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import {type CloudProcess, startCloudProcess} from '../../../support/local-cloud-process.ts'

const STEP = 256 * 1024

/** How a client sends a body: pieces, between which the connection is idle for a moment. */
const ways: Record<string, (body: Buffer) => Buffer[]> = {
  'at once': body => [body],
  'byte by byte at first': body => [
    ...Array.from(body.subarray(0, 200), byte => Buffer.from([byte])),
    body.subarray(200),
  ],
  'with a pause in front of the media': body => cut(body, body.lastIndexOf('\r\n\r\n')),
  'with its last byte late': body => cut(body, body.length - 1),
  'with its last delimiter late': body => cut(body, body.lastIndexOf('\r\n--b')),
  'with a pause after 10 kB': body => cut(body, 10_000),
}

function cut(body: Buffer, at: number): Buffer[] {
  const place = at > 0 && at < body.length ? at : body.length >> 1
  return [body.subarray(0, place), body.subarray(place)]
}

function multipart(json: string, media: string | Buffer, newline = '\r\n'): Buffer {
  const lines = ['--b', 'Content-Type: application/json', '', json, '--b', 'Content-Type: text/plain', '', '']
  return Buffer.concat([Buffer.from(lines.join(newline)), Buffer.from(media), Buffer.from(`${newline}--b--${newline}`)])
}

interface Sent {
  method?: string
  headers?: Record<string, string>
  body?: Buffer
  way?: string
  /** The request is never ended: its client waits for the answer first. */
  unfinished?: boolean
}

// in a process of its own: within this one bytes never come late
describe('every upload to a local cloud in another process is answered', () => {
  let cloud: CloudProcess
  let storage: Storage
  before(async () => {
    cloud = await startCloudProcess()
    storage = new Storage({projectId: 'p', apiEndpoint: cloud.url})
    const [bucket] = await storage.createBucket('my-bucket')
    await bucket.file('there').save('x')
  })
  after(() => cloud.close())

  async function send(path: string, {method = 'POST', headers = {}, body, way = 'at once', unfinished}: Sent = {}) {
    const sent = request(`${cloud.url}${path}`, {method, headers, agent: false})
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>
    // Whoever waits for the answer hears of it.
    answered.catch(() => {})
    if (headers['expect']) await once(sent, 'continue')
    for (const piece of body ? ways[way]!(body) : []) {
      await new Promise(done => sent.write(piece, done))
      await turn()
    }
    if (!unfinished) sent.end()
    const [response] = await answered
    const answer = {status: response.statusCode, text: await text(response), headers: response.headers}
    if (unfinished) sent.destroy()
    return answer
  }

  const multipartType = {'content-type': 'multipart/related; boundary=b'}
  const upload = (query: string, bucket = 'my-bucket') => `/upload/storage/v1/b/${bucket}/o?${query}`
  const content = async (name: string) => String((await storage.bucket('my-bucket').file(name).download())[0])
  const session = async (name: string) =>
    new URL((await send(upload(`uploadType=resumable&name=${name}`), {body: Buffer.from('{}')})).headers.location!)

  for (const way of Object.keys(ways))
    for (const [encoding, headers] of [
      ['chunked', {}],
      ['with Content-Length', {length: ''}],
      ['after 100 Continue', {expect: '100-continue'}],
    ] as const)
      describe(`sent ${way}, ${encoding}`, () => {
        const withLength = (body: Buffer) => ({
          ...('length' in headers ? {'content-length': String(body.length)} : headers),
        })

        for (const size of [0, 1, 60_000, STEP]) {
          const media = 'x'.repeat(size)
          it(`multipart, ${size} bytes`, async () => {
            const body = multipart('{}', media)
            const path = upload(`uploadType=multipart&name=m${size}`)
            const {status} = await send(path, {headers: {...multipartType, ...withLength(body)}, body, way})
            expect(status).to.equal(200)
            expect((await content(`m${size}`)) === media).to.equal(true)
          })
        }

        it('media alone, 60,000 bytes', async () => {
          const body = Buffer.alloc(60_000, 'x')
          const {status} = await send(upload('uploadType=media&name=a'), {headers: withLength(body), body, way})
          expect(status).to.equal(200)
        })

        it('resumable, in chunks of exactly 256 KiB', async () => {
          const {pathname, search} = await session('chunks')
          const put = (range: string) => {
            const body = Buffer.alloc(STEP, 'x')
            const headers = {...withLength(body), 'content-range': range}
            return send(pathname + search, {method: 'PUT', headers, body, way})
          }
          expect((await put(`bytes 0-${STEP - 1}/*`)).status).to.equal(308)
          expect((await put(`bytes ${STEP}-${2 * STEP - 1}/${2 * STEP}`)).status).to.equal(200)
          expect((await content('chunks')).length).to.equal(2 * STEP)
        })
      })

  const long = Buffer.alloc(8_000_000, 'x')
  const refusals: [what: string, status: number, path: string, body: Buffer][] = [
    ['an unknown bucket', 404, upload('uploadType=multipart&name=a', 'no-bucket'), multipart('{}', long)],
    ['bad JSON', 400, upload('uploadType=multipart&name=a'), multipart('{"', long)],
    [
      'metadata over 1 MiB',
      400,
      upload('uploadType=multipart&name=a'),
      multipart(`{"x": "${'x'.repeat(2 ** 20)}"}`, long),
    ],
    [
      'custom metadata over 8 KiB',
      400,
      upload('uploadType=multipart&name=a'),
      multipart(`{"metadata": {"x": "${'x'.repeat(8192)}"}}`, long),
    ],
    ['no name', 400, upload('uploadType=multipart'), multipart('{}', long)],
    ['no delimiter', 400, upload('uploadType=multipart&name=a'), long],
    ['no closing delimiter', 400, upload('uploadType=multipart&name=a'), multipart('{}', long).subarray(0, -9)],
    [
      'a third part',
      400,
      upload('uploadType=multipart&name=a'),
      multipart('{}', `x\r\n--b\r\n\r\n${'y'.repeat(1_000_000)}`),
    ],
    ['a wrong checksum', 400, upload('uploadType=multipart&name=a'), multipart('{"crc32c": "AAAAAA=="}', long)],
    [
      'a failed precondition',
      412,
      upload('uploadType=multipart&name=there&ifGenerationMatch=0'),
      multipart('{}', long),
    ],
    ['an unknown upload type', 400, upload('uploadType=pigeon&name=a'), long],
    ['no upload type', 400, upload('name=a'), long],
    ['an unknown session', 410, upload('uploadType=resumable&upload_id=x'), long],
    ['a bad name, without metadata', 400, upload('uploadType=media&name=..'), long],
    ['JSON of more than 64 MiB', 413, '/b?project=p', Buffer.alloc(65 * 2 ** 20, ' ')],
    ['BigQuery, which is not started', 400, '/projects/p/datasets/d/tables/t/insertAll', long],
    ['no service', 404, '/nothing/here', long],
    ['damaged gzip', 400, '/b?project=p', long],
  ]

  for (const [what, status, path, body] of refusals) {
    const headers = {...multipartType, ...(what === 'damaged gzip' && {'content-encoding': 'gzip'})}
    for (const way of ['at once', 'with a pause after 10 kB'])
      it(`refused for ${what}, sent ${way}`, async () => {
        expect((await send(path, {headers, body, way})).status).to.equal(status)
      })

    it(`refused for ${what} on a connection that is not kept`, async () => {
      const closed = {...headers, connection: 'close', 'content-length': String(body.length)}
      expect((await send(path, {headers: closed, body})).status).to.equal(status)
    })
  }

  it('refused at its head while its client waits for the answer with the rest', async () => {
    const path = upload('uploadType=multipart&name=a')
    const body = multipart('{"', 'x'.repeat(1000)).subarray(0, 200)
    expect((await send(path, {headers: multipartType, body, unfinished: true})).status).to.equal(400)
  })

  it('of a client that goes away in the middle: nothing is stored, and the next is answered', async () => {
    const sent = request(`${cloud.url}${upload('uploadType=multipart&name=gone')}`, {
      method: 'POST',
      headers: multipartType,
    })
    const broken = once(sent, 'error')
    await new Promise(done => sent.write(multipart('{}', 'x'.repeat(100_000)).subarray(0, 50_000), done))
    sent.destroy(new Error('gone'))
    await broken
    expect((await storage.bucket('my-bucket').file('gone').exists())[0]).to.equal(false)
  })

  it('whose media has what looks like a delimiter: all of it is stored', async () => {
    const media = 'one\r\n--bound\r\n--b-\r\n--bb--\r\ntwo\r\n'
    const body = multipart('{}', media)
    await send(upload('uploadType=multipart&name=tricky'), {headers: multipartType, body})
    expect(await content('tricky')).to.equal(media)
  })

  it("with line ends of LF, as Google's Python tools send them", async () => {
    const body = multipart('{"name": "lf"}', 'one\ntwo\n', '\n')
    expect((await send(upload('uploadType=multipart'), {headers: multipartType, body})).status).to.equal(200)
    expect(await content('lf')).to.equal('one\ntwo\n')
  })

  const saves: Record<string, object> = {multipart: {resumable: false}, resumable: {}, 'in chunks': {chunkSize: STEP}}
  for (const [how, options] of Object.entries(saves))
    for (const lanes of [1, 8])
      it(`of the official client, ${how}, 60 of them, ${lanes} at a time`, async () => {
        const bucket = storage.bucket('my-bucket')
        const save = (at: number) => bucket.file(`${how}/${at}`).save('x'.repeat((at % 3) * 30_000), {...options})
        for (let at = 0; at < 60; at += lanes)
          await Promise.all(Array.from({length: lanes}, (_, lane) => save(at + lane)))
      }).timeout(60_000)
})
