import {createHash} from 'node:crypto'
import {once} from 'node:events'
import {request} from 'node:http'
import {text} from 'node:stream/consumers'
import {expect} from 'chai'
import type {FaultRule} from '../../../lib/emulators/index.ts'
import {failure, storageOf, useLocalCloud} from '../local-cloud.ts'

const CONTENT = 'x'.repeat(1000)
const MEDIA = {call: 'objects.media'}

describe('faults', () => {
  const local = useLocalCloud()
  const add = (rule: FaultRule) => local.cloud.faults.add(rule)
  const url = (path: string) => local.cloud.url + path
  const media = () => url('/b/my-bucket/o/a?alt=media')

  beforeEach(async () => {
    await local.bucket.file('a').save(CONTENT)
    local.cloud.log.clear()
  })

  describe('rules', () => {
    /** Which of so many requests are hit. */
    async function hits(rule: Omit<FaultRule, 'match' | 'do'>, count: number): Promise<number[]> {
      add({match: {}, do: {kind: 'status', status: 503}, ...rule})
      const hit: number[] = []
      for (let at = 1; at <= count; at++) if ((await fetch(url('/b/my-bucket'))).status === 503) hit.push(at)
      return hit
    }

    it('hit every matching request by default', async () => expect(await hits({}, 3)).to.deep.equal([1, 2, 3]))
    it('hit the nth with `nth`', async () => expect(await hits({nth: 2}, 4)).to.deep.equal([2]))
    it('hit several with a list in `nth`', async () => expect(await hits({nth: [1, 3]}, 4)).to.deep.equal([1, 3]))
    it('hit every nth with `every`', async () => expect(await hits({every: 2}, 5)).to.deep.equal([2, 4]))
    it('hit so often at most with `times`', async () => expect(await hits({times: 2}, 4)).to.deep.equal([1, 2]))

    it('hit at random with `probability`, the same for the same seed', async () => {
      const first = await hits({probability: 0.5, seed: 7}, 20)
      local.cloud.faults.clear()
      expect(await hits({probability: 0.5, seed: 7}, 20)).to.deep.equal(first)
      expect(first.length).to.be.within(3, 17)
    })

    it('end when the function that add() returned is called', async () => {
      const remove = add({match: {}, do: {kind: 'status', status: 503}})
      remove()
      expect((await fetch(url('/b/my-bucket'))).status).to.equal(200)
    })

    const matches: [string, FaultRule['match']][] = [
      ['call', {call: 'objects.media'}],
      ['method', {method: 'GET', path: 'alt=media'}],
      ['path as text', {path: '/b/my-bucket/o/a?alt'}],
      ['path as pattern', {path: /\/o\/a\?alt=media$/g}],
      ['service', {service: 'storage', call: 'objects.media'}],
    ]
    for (const [what, match] of matches)
      it(`match by ${what}`, async () => {
        add({match, do: {kind: 'status', status: 503}})
        expect((await fetch(url('/storage/v1/b/my-bucket/o/a'))).status).to.equal(200)
        expect((await fetch(media())).status).to.equal(503)
        expect((await fetch(media())).status).to.equal(503)
      })

    it('leave the token end points alone unless they name them', async () => {
      add({match: {}, do: {kind: 'status', status: 503}})
      expect((await fetch(url('/token'), {method: 'POST'})).status).to.equal(200)
      add({match: {service: 'auth'}, do: {kind: 'status', status: 403}})
      expect((await fetch(url('/token'), {method: 'POST'})).status).to.equal(403)
    })

    it('carry out several actions of one rule', async () => {
      const headers = {'x-one': '1'}
      add({
        match: MEDIA,
        do: [
          {kind: 'headers', set: headers},
          {kind: 'truncate', afterBytes: 3},
        ],
      })
      const response = await fetch(media())
      expect(response.headers.get('x-one')).to.equal('1')
      expect(await response.text()).to.equal('xxx')
    })

    it('are named in the log', async () => {
      add({match: MEDIA, do: {kind: 'corrupt', atByte: 1}})
      await (await fetch(media())).text()
      expect(local.cloud.log.entries[0]?.faults).to.deep.equal(['corrupt'])
    })
  })

  describe('status', () => {
    it('is retried by the client as a 503 of the service is', async () => {
      add({match: MEDIA, nth: 1, do: {kind: 'status', status: 503}})
      expect((await local.bucket.file('a').download())[0].toString()).to.equal(CONTENT)
      expect(local.cloud.log.of(MEDIA).map(entry => entry.status)).to.deep.equal([503, 200])
    })

    it('carries reason, message and headers', async () => {
      const headers = {'retry-after': '7'}
      add({match: {}, do: {kind: 'status', status: 429, reason: 'rateLimitExceeded', message: 'slow down', headers}})
      const response = await fetch(url('/b/my-bucket'))
      const body = (await response.json()) as {error: {code: number; message: string; errors: {reason: string}[]}}
      expect(response.headers.get('retry-after')).to.equal('7')
      expect(body.error).to.include({code: 429, message: 'slow down'})
      expect(body.error.errors[0]?.reason).to.equal('rateLimitExceeded')
    })

    it('has an HTML body if wanted', async () => {
      add({match: {}, do: {kind: 'status', status: 413, body: 'html'}})
      const response = await fetch(url('/b/my-bucket'))
      expect(response.headers.get('content-type')).to.include('text/html')
      expect(await response.text()).to.match(/^<html>/)
    })

    it('has no body if wanted', async () => {
      add({match: {}, do: {kind: 'status', status: 502, body: 'empty'}})
      expect(await (await fetch(url('/b/my-bucket'))).text()).to.equal('')
    })

    it('does not carry the request out', async () => {
      add({match: {call: 'objects.delete'}, nth: 1, do: {kind: 'status', status: 400}})
      await failure(local.bucket.file('a').delete())
      expect((await local.bucket.file('a').exists())[0]).to.equal(true)
    })
  })

  it('delay waits and then answers', async () => {
    add({match: MEDIA, do: {kind: 'delay', ms: 1}})
    expect(await (await fetch(media())).text()).to.equal(CONTENT)
  })

  it('hang never answers', async () => {
    add({match: MEDIA, do: {kind: 'hang'}})
    const abort = new AbortController()
    const answer = failure(fetch(media(), {signal: abort.signal}))
    while (local.cloud.log.entries.length === 0) await new Promise(setImmediate)
    abort.abort()
    expect((await answer).name).to.equal('AbortError')
    expect(local.cloud.log.entries[0]?.status).to.equal(undefined)
  })

  it('reset is retried by the client before the answer has begun', async () => {
    add({match: MEDIA, nth: 1, do: {kind: 'reset'}})
    expect((await local.bucket.file('a').download())[0].toString()).to.equal(CONTENT)
    expect(local.cloud.log.of(MEDIA).map(entry => entry.status)).to.deep.equal([undefined, 200])
  })

  /** What a bare HTTP client sees of the answer's body, and how it ends. */
  async function received(): Promise<{body: string; end: string; length: string | undefined}> {
    const sent = request(media()).end()
    const [response] = await once(sent, 'response')
    let body = ''
    response.on('data', (chunk: Buffer) => {
      body += chunk
    })
    const end = await new Promise<string>(resolve => {
      response.once('end', () => resolve('end'))
      // A connection that is reset fails the request; one that ends too early only aborts the response.
      response.once('error', () => setImmediate(resolve, 'aborted'))
      sent.once('error', error => resolve(error.message))
    })
    return {body, end, length: response.headers['content-length']}
  }

  it('reset cuts the body after so many bytes', async () => {
    add({match: MEDIA, do: {kind: 'reset', afterBytes: 10}})
    expect(await received()).to.deep.equal({body: 'x'.repeat(10), end: 'read ECONNRESET', length: '1000'})
  })

  it('reset in the body reaches the reader of the official client as an error', async () => {
    add({match: MEDIA, do: {kind: 'reset', afterBytes: 10}})
    expect(await failure(text(local.bucket.file('a').createReadStream()))).to.be.instanceOf(Error)
  })

  it('fin ends the connection early although Content-Length promised more', async () => {
    add({match: MEDIA, do: {kind: 'fin', afterBytes: 10}})
    expect(await received()).to.deep.equal({body: 'x'.repeat(10), end: 'aborted', length: '1000'})
  })

  it('truncate ends the body cleanly, so that a bare client notices nothing', async () => {
    add({match: MEDIA, do: {kind: 'truncate', afterBytes: 10}})
    expect(await received()).to.deep.equal({body: 'x'.repeat(10), end: 'end', length: undefined})
  })

  it('truncate to nothing gives an empty body', async () => {
    add({match: MEDIA, do: {kind: 'truncate', afterBytes: 0}})
    expect(await (await fetch(media())).text()).to.equal('')
  })

  it('a cut beyond the end changes nothing', async () => {
    add({match: MEDIA, do: {kind: 'reset', afterBytes: 5000}})
    expect(await (await fetch(media())).text()).to.equal(CONTENT)
  })

  it('stall sends so many bytes and keeps the connection open', async () => {
    add({match: MEDIA, do: {kind: 'stall', afterBytes: 10}})
    const reader = (await fetch(media())).body!.getReader()
    expect((await reader.read()).value?.length).to.equal(10)
    expect(local.cloud.log.entries[0]?.replyBytes).to.equal(10)
    await reader.cancel()
  })

  it("corrupt flips one bit, which the client's checksum catches", async () => {
    add({match: MEDIA, do: {kind: 'corrupt', atByte: 500}})
    const error = await failure(local.bucket.file('a').download())
    expect(error.code).to.equal('CONTENT_DOWNLOAD_MISMATCH')
  })

  it('headers sets and removes headers of the answer', async () => {
    add({match: MEDIA, do: {kind: 'headers', set: {'x-goog-hash': null, 'x-more': 'yes'}}})
    const {headers} = await fetch(media())
    expect(headers.get('x-goog-hash')).to.equal(null)
    expect(headers.get('x-more')).to.equal('yes')
  })

  describe('commitThenFail', () => {
    const save = (ifGenerationMatch: number) =>
      local.bucket.file('new').save('hello', {resumable: false, preconditionOpts: {ifGenerationMatch}})

    it('does the work and answers 503', async () => {
      add({match: {call: 'objects.insert'}, do: {kind: 'commitThenFail'}})
      expect((await failure(save(0))).code).to.equal(503)
      expect((await local.bucket.file('new').download())[0].toString()).to.equal('hello')
    })

    it('does the work and resets the connection', async () => {
      add({match: {call: 'objects.insert'}, do: {kind: 'commitThenFail', with: 'reset'}})
      await failure(save(0))
      expect((await local.bucket.file('new').exists())[0]).to.equal(true)
    })

    it('makes a retried delete find nothing', async () => {
      add({match: {call: 'objects.delete'}, nth: 1, do: {kind: 'commitThenFail'}})
      const [{generation}] = await local.bucket.file('a').getMetadata()
      const error = await failure(local.bucket.file('a').delete({ifGenerationMatch: Number(generation)}))
      expect(error.code).to.equal(404)
      expect(local.cloud.log.of({call: 'objects.delete'}).map(entry => entry.status)).to.deep.equal([503, 404])
    })
  })

  describe('uploads', () => {
    const STEP = 256 * 1024
    const big = Buffer.alloc(3 * STEP + 1000, 'abc')
    const upload = () => local.bucket.file('big').save(big, {chunkSize: STEP, preconditionOpts: {ifGenerationMatch: 0}})
    const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

    const recoverable: [string, FaultRule][] = [
      ['a 503', {match: {call: 'uploads.put'}, nth: 2, do: {kind: 'status', status: 503}}],
      ['a reset', {match: {call: 'uploads.put'}, nth: 2, do: {kind: 'reset'}}],
      [
        'a chunk of which only a part was kept',
        {match: {call: 'uploads.put'}, nth: 2, do: {kind: 'shortPersist', bytes: 1000}},
      ],
    ]
    for (const [what, rule] of recoverable)
      it(`in chunks continue after ${what}`, async () => {
        add(rule)
        await upload()
        expect(sha((await local.bucket.file('big').download())[0])).to.equal(sha(big))
      })

    it('learn with goneSession that their session is gone', async () => {
      add({match: {call: 'uploads.put'}, nth: 1, do: {kind: 'goneSession'}})
      const start = await fetch(url('/upload/storage/v1/b/my-bucket/o?uploadType=resumable&name=n'), {method: 'POST'})
      const put = () => fetch(start.headers.get('location')!, {method: 'PUT', body: 'hello'})
      expect([(await put()).status, (await put()).status]).to.deep.equal([410, 410])
    })
  })

  it('reach a client that was made before the rule was added', async () => {
    const storage = storageOf(local.cloud)
    await storage.bucket('my-bucket').getMetadata()
    add({match: {call: 'buckets.get'}, do: {kind: 'status', status: 403, message: 'no'}})
    expect((await failure(storage.bucket('my-bucket').getMetadata())).message).to.include('no')
  })
})
