import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {pipeline} from 'node:stream/promises'
import {gzipSync} from 'node:zlib'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import {silentLogger, useClock} from '../../../lib/core/index.ts'
import {checkBucket} from '../../../lib/files/gcs/check-bucket.ts'
import {GcsFiles} from '../../../lib/files/gcs/gcs-files.ts'
import {type JsonWriteOptions, writeToJson} from '../../../lib/io/json/index.ts'
import {create} from '../../../lib/transforms/index.ts'
import {BAD_JSON, type Falsify, Impostor, LOGIN_PAGE, REDIRECTS, send, sendPage} from '../../support/impostor.ts'
import {contentOf, failureOf, noise, STALL, useCloud} from '../fixtures.ts'

const CONTENT = noise(100_000)

describe('an answer that is not that of Cloud Storage', () => {
  const fixture = useCloud()
  let impostor: Impostor
  let client: Storage
  let files: GcsFiles
  beforeEach(async () => {
    const {apiEndpoint, ...options} = fixture.cloud.clientOptions.storage
    impostor = await Impostor.start(apiEndpoint)
    client = new Storage({...options, apiEndpoint: impostor.url})
    files = gcsFiles()
    for (const name of ['a', 'b', 'c']) writeFileSync(join(fixture.cloud.dir, 'my-bucket', name), CONTENT)
  })
  afterEach(() => impostor.close())

  const gcsFiles = (retryFor = 600_000) =>
    new GcsFiles(client, {clock: fixture.clock, stallTimeout: STALL, random: () => 0.5, retryFor})
  const isMedia = (url: string) => url.includes('alt=media')
  const isGet = (method: string, url: string) =>
    method === 'GET' && /\/o\/[^/]+$/.test(url.split('?')[0]!) && !isMedia(url)
  const isList = (method: string, url: string) => method === 'GET' && /\/o\?/.test(url)
  const isSecondPage = (method: string, url: string) => isList(method, url) && url.includes('pageToken')

  /** Lists in pages of two objects. */
  const inPages = () => {
    client.interceptors.push({
      request: (options: {uri: string; qs?: object}) =>
        /\/o$/.test(options.uri) ? {...options, qs: {...options.qs, maxResults: 2}} : options,
    } as never)
  }
  const sink = (options: JsonWriteOptions<unknown> = {}) => {
    const settings = {client, chunkSize: 256 * 1024, requestTimeout: STALL, logger: silentLogger}
    const writing = writeToJson('gs://my-bucket/rows', {...settings, ...options})
    useClock(writing.info, fixture.clock)
    return writing
  }
  const rows = Array.from({length: 1500}, (_, id) => ({id, text: 'x'.repeat(400)}))
  const expected = rows.map(row => `${JSON.stringify(row)}\n`).join('')

  /** What a call gives in the end, by its name. */
  const calls: Record<
    string,
    {matches: Parameters<Impostor['falsify']>[0]; run: (retryFor?: number) => Promise<unknown>; right: unknown}
  > = {
    'objects.get': {
      matches: isGet,
      run: async retryFor => (await gcsFiles(retryFor).match('gs://my-bucket/a'))[0]!.size,
      right: CONTENT.length,
    },
    'objects.list': {
      matches: isList,
      run: async retryFor => (await gcsFiles(retryFor).match('gs://my-bucket/*')).map(({path}) => path.at(-1)),
      right: ['a', 'b', 'c'],
    },
    'objects.list, page 2': {
      matches: isSecondPage,
      run: async retryFor => {
        inPages()
        return (await gcsFiles(retryFor).match('gs://my-bucket/*')).map(({path}) => path.at(-1))
      },
      right: ['a', 'b', 'c'],
    },
  }
  const upload = async (retryFor = 600_000) => {
    await pipeline(create(rows), sink({retryFor}))
    return readFileSync(join(fixture.cloud.dir, 'my-bucket/rows-00000-of-00001'), 'utf8')
  }
  const isChunk =
    (is: (start: number, end: number, size: number) => boolean): Parameters<Impostor['falsify']>[0] =>
    (method, _, asked) => {
      const [start = 0, end = 0, size = 0] = (asked.headers['content-range'] ?? '').match(/\d+/g)?.map(Number) ?? []
      return method === 'PUT' && is(start, end, size)
    }
  const uploads = {
    'the start of an upload': (method: string) => method === 'POST',
    'the first chunk of an upload': isChunk((start, _, size) => start === 0 && size > 0),
    'the last chunk of an upload': isChunk((_, end, size) => size > 0 && end === size - 1),
  }
  for (const [named, matches] of Object.entries(uploads)) calls[named] = {matches, run: upload, right: expected}

  for (const [named, {matches, run, right}] of Object.entries(calls)) {
    for (const [what, answer] of [...BAD_JSON, ...REDIRECTS]) {
      // this is what the start of an upload answers with, but for Location
      it(`${named}: ${what} is asked for again`, async () => {
        impostor.falsify(LOGIN_PAGE.matches, LOGIN_PAGE.answer)
        impostor.falsify(matches, answer, 1)
        expect(await run()).to.deep.equal(right)
        expect(impostor.falsified).to.not.be.empty
      })
    }
    it(`${named}: answers that stay wrong are an error that shows what came, and why it may be`, async () => {
      impostor.falsify(matches, sendPage)
      const error = await failureOf(run(60_000))
      expect(error.code).to.be.oneOf(['ERR_SLUICE_READ', 'ERR_SLUICE_WRITE'])
      const parts = ['gs://my-bucket', 'Cloud Storage', 'HTTP 200', 'text/html', 'Sign in to the network', 'proxy']
      for (const part of parts) expect(error.message).to.include(part)
    })
  }

  const wrongObjects: [string, Record<string, unknown>][] = [
    ['another name', {name: 'b'}],
    ['another bucket', {bucket: 'other-bucket'}],
    ['no size', {size: undefined}],
    ['a size that is no number', {size: 'NaN'}],
    ['a negative size', {size: -3}],
    ['a size with a fraction', {size: 3.5}],
    ['no generation', {generation: undefined}],
    ['a generation that is no number', {generation: 'x'}],
    ['a checksum that is none', {crc32c: 'AAAA'}],
    ['an encoding that is no text', {contentEncoding: 1}],
  ]
  const changed =
    (change: object): Falsify =>
    async (response, real) => {
      const {headers, body} = await real()
      const text = JSON.stringify({...JSON.parse(String(body)), ...change})
      response.writeHead(200, {...headers, 'content-length': Buffer.byteLength(text)}).end(text)
    }
  for (const [what, change] of wrongObjects)
    it(`objects.get: ${what} is asked for again`, async () => {
      impostor.falsify(isGet, changed(change), 1)
      expect(await calls['objects.get']!.run()).to.equal(CONTENT.length)
      expect(impostor.falsified).to.have.length(1)
    })

  const wrongPages: [string, object][] = [
    ['no kind', {kind: undefined}],
    ['another kind', {kind: 'storage#object'}],
    ['items that are no array', {items: {}}],
    ['items that are null', {items: null}],
    ['an item that is null', {items: [null]}],
    ['an item without a size', {items: [{name: 'c', generation: '1'}]}],
    ['a token that is no text', {nextPageToken: 5}],
  ]
  for (const [what, change] of wrongPages)
    it(`objects.list: page 2 with ${what} is asked for again`, async () => {
      impostor.falsify(isSecondPage, changed(change), 1)
      expect(await calls['objects.list, page 2']!.run()).to.deep.equal(['a', 'b', 'c'])
      expect(impostor.falsified).to.have.length(1)
    })

  it('objects.list: names without the prefix are asked for again', async () => {
    impostor.falsify(isList, changed({items: [{name: 'x', size: '1', generation: '1'}]}), 1)
    expect((await files.match('gs://my-bucket/a*')).map(({path}) => path)).to.deep.equal(['gs://my-bucket/a'])
  })

  it('objects.list: an empty token is the end', async () => {
    impostor.falsify(isList, changed({nextPageToken: ''}))
    expect(await files.match('gs://my-bucket/*')).to.have.length(3)
  })

  it('objects.list: a page without objects is one', async () => {
    inPages()
    impostor.falsify(isSecondPage, changed({items: undefined}))
    expect(await files.match('gs://my-bucket/*')).to.have.length(2)
  })

  it('objects.list: a cache that gives page 1 for page 2 makes no endless listing', async () => {
    inPages()
    let first: Parameters<typeof send>[0] | undefined
    impostor.falsify(isList, async (response, real, asked) => {
      first ??= (await real()).body
      await send(first)(response, real, asked)
    })
    const error = await failureOf(files.match('gs://my-bucket/*'))
    expect(error.message).to.include('this page was already received')
  })

  it('objects.list: tokens that go round make no endless listing', async () => {
    inPages()
    let count = 0
    impostor.falsify(isSecondPage, (response, real, asked) => {
      const items = [{name: `x${count++}`, size: '1', generation: '1'}]
      return send(JSON.stringify({kind: 'storage#objects', items, nextPageToken: `t${count % 2}`}))(
        response,
        real,
        asked,
      )
    })
    expect((await failureOf(files.match('gs://my-bucket/*'))).message).to.include('this page was already received')
  })

  it('objects.get: a page with 404 does not mean that the object is missing', async () => {
    impostor.falsify(isGet, send('<html>Not here</html>', 'text/html', 404), 1)
    expect(await calls['objects.get']!.run()).to.equal(CONTENT.length)
  })

  describe('with bytes', () => {
    const media = (_: string, url: string) => isMedia(url)
    const read = async (from = 0, retryFor?: number) => {
      const [file] = await gcsFiles(retryFor).match('gs://my-bucket/a')
      return contentOf(gcsFiles(retryFor), file!, from)
    }
    const page = Buffer.from('<html>Sign in</html>'.padEnd(CONTENT.length))
    /** The real answer, with other headers, status and bytes. */
    const like =
      (change: {status?: number; headers?: object; body?: Buffer | undefined}): Falsify =>
      async (response, real) => {
        const {status, headers, body} = await real()
        const sent = change.body ?? body
        const given: Record<string, unknown> = {...headers, 'content-length': sent.length, ...change.headers}
        for (const name of Object.keys(given)) if (given[name] === undefined) delete given[name]
        response.writeHead(change.status ?? status, given as never).end(sent)
      }
    const wrong: [string, Falsify][] = [
      ['a login page', sendPage],
      ['a login page of the right length', send(page, 'text/html')],
      ['an empty body', send('', 'application/octet-stream')],
      ['204', response => response.writeHead(204).end()],
      ['a body of another length', send(CONTENT.subarray(0, 1000), 'application/octet-stream')],
      ['the CRC32C of another object', like({headers: {'x-goog-hash': 'crc32c=AAAAAA==,md5=x'}})],
      ['a page with 404', send('<html>Not here</html>', 'text/html', 404)],
      ['a redirect without a place', response => response.writeHead(302).end()],
      ['bytes that were packed on the way', like({headers: {'content-encoding': 'gzip'}, body: gzipSync(CONTENT)})],
      ...REDIRECTS,
    ]
    for (const [what, answer] of wrong)
      it(`${what}: no byte of it is taken, and the object is read again`, async () => {
        impostor.falsify(LOGIN_PAGE.matches, LOGIN_PAGE.answer)
        impostor.falsify(media, answer, 1)
        expect((await read()).equals(CONTENT)).to.equal(true)
        expect(impostor.falsified).to.not.be.empty
      })

    const ranges: [string, Falsify][] = [
      ['206 with another range', like({headers: {'content-range': `bytes 5-${CONTENT.length - 1}/${CONTENT.length}`}})],
      ['206 of an object of another size', like({headers: {'content-range': 'bytes 1000-1999/2000'}})],
      ['206 with a range that is broken', like({headers: {'content-range': 'bytes 1000'}})],
      ['206 without a range', like({headers: {'content-range': undefined}})],
      ['200 with the part alone', like({status: 200, headers: {'content-range': undefined}})],
    ]
    for (const [what, answer] of ranges)
      it(`from byte 1000 on: ${what} is asked for again`, async () => {
        impostor.falsify(media, answer, 1)
        expect((await read(1000)).equals(CONTENT.subarray(1000))).to.equal(true)
        expect(impostor.falsified).to.have.length(1)
      })

    it('from byte 1000 on: a server that sends everything is read from there', async () => {
      impostor.falsify(media, like({status: 200, headers: {'content-range': undefined}, body: CONTENT}))
      expect((await read(1000)).equals(CONTENT.subarray(1000))).to.equal(true)
    })

    it('without Content-Length are read', async () => {
      const headers = {'content-length': undefined, 'transfer-encoding': 'chunked'}
      impostor.falsify(media, like({headers}))
      expect((await read()).equals(CONTENT)).to.equal(true)
    })

    it('that stay wrong are an error that shows what came', async () => {
      impostor.falsify(media, sendPage)
      const error = await failureOf(read(0, 60_000))
      expect(error.code).to.equal('ERR_SLUICE_READ')
      for (const part of ['gs://my-bucket/a', 'HTTP 200', 'text/html', 'Sign in to the network', 'captive portal'])
        expect(error.message).to.include(part)
    })
  })

  describe('to an upload', () => {
    it('308 for the last chunk although every byte is there: the upload is asked about', async () => {
      impostor.falsify(
        uploads['the last chunk of an upload'],
        async (response, real, asked) => {
          await real()
          const size = Number(/\d+$/.exec(asked.headers['content-range']!)![0])
          response.writeHead(308, {range: `bytes=0-${size - 1}`}).end()
        },
        1,
      )
      expect(await upload()).to.equal(expected)
    })

    const answers: [string, object][] = [
      ['another size', {size: '5'}],
      ['another CRC32C', {crc32c: 'AAAAAA=='}],
      ['no CRC32C', {crc32c: undefined}],
      ['another name', {name: 'x'}],
    ]
    for (const [what, change] of answers)
      it(`an object with ${what} is not the one that was sent`, async () => {
        impostor.falsify(uploads['the last chunk of an upload'], changed(change), 1)
        expect(await upload()).to.equal(expected)
        expect(fixture.cloud.log.of({call: 'uploads.status'})).to.have.length(1)
      })

    it('an object in answer to a chunk that is not the last is not the whole', async () => {
      const size = String(256 * 1024)
      const object = JSON.stringify({name: 'rows-00000-of-00001', size, generation: '5', crc32c: 'AAAAAA=='})
      impostor.falsify(uploads['the first chunk of an upload'], send(object), 1)
      expect(await upload()).to.equal(expected)
    })

    for (const range of ['bytes=0-99999999', 'bytes=5-10', 'all'])
      it(`the range '${range}' is not believed`, async () => {
        const answer: Falsify = response => response.writeHead(308, {range}).end()
        impostor.falsify(uploads['the first chunk of an upload'], answer, 1)
        expect(await upload()).to.equal(expected)
      })

    it('an address that is not one is not used', async () => {
      impostor.falsify(
        uploads['the start of an upload'],
        response => response.writeHead(200, {location: '/x'}).end(),
        1,
      )
      expect(await upload()).to.equal(expected)
    })

    it('what is to be removed is not taken for gone by a page', async () => {
      await fixture.bucket.file('rows-00000-of-00002').save('old', {resumable: false})
      const remove = (method: string, url: string) => method === 'DELETE' && url.includes('/o/')
      for (const [, answer] of [...BAD_JSON.slice(0, 2), ...REDIRECTS]) impostor.falsify(remove, answer, 1)
      impostor.falsify(LOGIN_PAGE.matches, LOGIN_PAGE.answer)
      await pipeline(create(rows), sink({overwrite: true}))
      const [left] = await fixture.bucket.getFiles({prefix: 'rows'})
      expect(left.map(({name}) => name)).to.deep.equal(['rows-00000-of-00001'])
    })
  })

  it('to a check is a finding, not a permission that is missing', async () => {
    for (const [, answer] of BAD_JSON) {
      impostor.honest()
      impostor.falsify(() => true, answer)
      const signal = new AbortController().signal
      const findings = await checkBucket(client, 'my-bucket', ['storage.objects.get'], 'roles/x', signal)
      expect(findings).to.have.length(1)
      expect(findings[0]!.what).to.equal('bucket gs://my-bucket')
    }
  })
})
