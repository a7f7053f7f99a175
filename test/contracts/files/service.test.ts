import {gzipSync} from 'node:zlib'
import type {Bucket, File} from '@google-cloud/storage'
import {expect} from 'chai'
import {contract, type Target} from './targets.ts'

/** What the reading and writing above rest on, asked of the service by the official client. */
contract('what they expect of Cloud Storage', define => {
  const promise = (title: string, body: (target: Target, bucket: Bucket) => Promise<void>, wrong?: string) =>
    define(title, target => body(target, target.bucket), {on: 'gs', ...(wrong && {wrong})})

  /** The HTTP status with which a call fails. */
  const codeOf = async (call: Promise<unknown>) => {
    const outcome = await call.then(
      () => 'no failure',
      (error: {code?: number; status?: number; response?: {status?: number}}) =>
        error.code ?? error.status ?? error.response?.status,
    )
    return Number(outcome)
  }
  const save = async (file: File, content: string | Buffer = 'hello', options: object = {}) => {
    await file.save(content, {resumable: false, ...options})
    return Number((await file.getMetadata())[0].generation)
  }
  const text = async (file: File) => String((await file.download())[0])
  const upload = ({bucket}: Target, name: string) => {
    const query = new URLSearchParams({uploadType: 'resumable', name})
    return fetch(`${bucket.storage.apiEndpoint}/upload/storage/v1/b/${bucket.name}/o?${query}`, {method: 'POST'})
  }
  const put = (session: string, range: string, body: string | Buffer = '') =>
    fetch(session, {method: 'PUT', headers: {'content-range': range}, body})

  promise('generations rise with every write', async (_, bucket) => {
    const file = bucket.file('rise')
    const [one, two] = [await save(file), await save(file)]
    expect(two).to.be.greaterThan(one)
  })

  promise(
    'the metageneration rises with a change of metadata, the generation does not',
    async (_, bucket) => {
      const file = bucket.file('meta')
      const generation = await save(file)
      await file.setMetadata({contentType: 'text/x'})
      expect((await file.getMetadata())[0]).to.include({
        metageneration: '2',
        generation: String(generation),
        contentType: 'text/x',
      })
    },
    'metageneration never rises',
  )

  promise('an upload holds ifGenerationMatch', async (_, bucket) => {
    const file = bucket.file('upload')
    const generation = await save(file)
    const attempt = (ifGenerationMatch: number) =>
      file.save('new', {resumable: false, preconditionOpts: {ifGenerationMatch}})
    expect(await codeOf(attempt(0))).to.equal(412)
    expect(await codeOf(attempt(generation - 1))).to.equal(412)
    expect(await text(file)).to.equal('hello')
    await attempt(generation)
    expect(await text(file)).to.equal('new')
  })

  promise('of many uploads that must be the first one is', async (_, bucket) => {
    const file = bucket.file('race')
    const results = await Promise.allSettled(
      Array.from({length: 20}, (_unused, i) =>
        file.save(String(i), {resumable: false, preconditionOpts: {ifGenerationMatch: 0}}),
      ),
    )
    const winners = results.flatMap(({status}, i) => (status === 'fulfilled' ? [String(i)] : []))
    expect(winners).to.deep.equal([await text(file)])
  })

  promise(
    'a delete holds ifGenerationMatch',
    async (_, bucket) => {
      const file = bucket.file('delete')
      const generation = await save(file)
      expect(await codeOf(file.delete({ifGenerationMatch: generation - 1}))).to.equal(412)
      await file.delete({ifGenerationMatch: generation})
      expect((await file.exists())[0]).to.equal(false)
    },
    'preconditions are ignored on delete',
  )

  promise(
    'compose holds ifGenerationMatch',
    async (_, bucket) => {
      const [file, whole] = [bucket.file('part'), bucket.file('whole')]
      await save(file)
      await save(whole, 'there')
      expect(await codeOf(bucket.combine([file], whole, {ifGenerationMatch: 0}))).to.equal(412)
      expect(await text(whole)).to.equal('there')
    },
    'preconditions are ignored on compose',
  )

  promise(
    'a copy holds ifGenerationMatch',
    async (_, bucket) => {
      const [file, other] = [bucket.file('from'), bucket.file('to')]
      await save(file)
      await save(other, 'there')
      expect(await codeOf(file.copy(other, {preconditionOpts: {ifGenerationMatch: 0}}))).to.equal(412)
      expect(await text(other)).to.equal('there')
    },
    'preconditions are ignored on copy',
  )

  promise('a copy has content and metadata of its source', async (_, bucket) => {
    const file = bucket.file('source')
    await save(file, 'hello', {metadata: {contentType: 'text/csv', metadata: {color: 'red'}}})
    await file.copy('copied')
    expect(await text(bucket.file('copied'))).to.equal('hello')
    expect((await bucket.file('copied').getMetadata())[0]).to.deep.include({
      contentType: 'text/csv',
      metadata: {color: 'red'},
    })
  })

  promise('a composed object is its parts, one after the other', async (_, bucket) => {
    await save(bucket.file('one'), 'hello ')
    await save(bucket.file('two'), 'world')
    await bucket.combine(['one', 'two'], 'both')
    expect(await text(bucket.file('both'))).to.equal('hello world')
  })

  promise('a listing folds by delimiter, and begins and ends where it shall', async (_, bucket) => {
    for (const name of ['l/a', 'l/b/1', 'l/b/2', 'l/c']) await save(bucket.file(name))
    const list = async (query: object) => {
      const [files, , reply] = await bucket.getFiles({autoPaginate: false, prefix: 'l/', ...query})
      return [files.map(({name}) => name), (reply as {prefixes?: string[]}).prefixes ?? []]
    }
    expect(await list({delimiter: '/'})).to.deep.equal([['l/a', 'l/c'], ['l/b/']])
    expect(await list({startOffset: 'l/b/2'})).to.deep.equal([['l/b/2', 'l/c'], []])
    expect(await list({endOffset: 'l/b/2'})).to.deep.equal([['l/a', 'l/b/1'], []])
  })

  promise(
    'a listing holds matchGlob',
    async (_, bucket) => {
      for (const name of ['g/a.csv', 'g/b.txt', 'g/d/c.csv']) await save(bucket.file(name))
      const [files] = await bucket.getFiles({matchGlob: 'g/*.csv'})
      expect(files.map(({name}) => name)).to.deep.equal(['g/a.csv'])
    },
    'matchGlob is ignored',
  )

  promise('a range is what it says, and 416 beyond the end', async (_, bucket) => {
    const file = bucket.file('range')
    await save(file, '0123456789')
    const part = async (options: object) => String((await file.download(options))[0])
    expect(await part({start: 2, end: 4})).to.equal('234')
    expect(await part({start: 7})).to.equal('789')
    expect(await part({end: -3})).to.equal('789')
    expect(await codeOf(file.download({start: 10}))).to.equal(416)
  })

  const zipped = gzipSync('hello '.repeat(1000))
  promise('an object with Content-Encoding: gzip is given as it is stored to who takes gzip', async (_, bucket) => {
    const file = bucket.file('zipped')
    await save(file, zipped, {metadata: {contentEncoding: 'gzip'}})
    expect((await file.download({decompress: false}))[0].equals(zipped)).to.equal(true)
    expect(await text(file)).to.equal('hello '.repeat(1000))
  })

  promise('and unzipped to who does not', async ({bucket}) => {
    await save(bucket.file('zipped'), zipped, {metadata: {contentEncoding: 'gzip'}})
    const url = `${bucket.storage.apiEndpoint}/storage/v1/b/${bucket.name}/o/zipped?alt=media`
    const response = await fetch(url, {headers: {'accept-encoding': 'identity'}})
    expect(response.headers.get('content-encoding')).to.equal(null)
    expect(await response.text()).to.equal('hello '.repeat(1000))
  })

  promise('a range of such an object is one of its stored bytes to who takes gzip', async (_, bucket) => {
    const file = bucket.file('zipped')
    await save(file, zipped, {metadata: {contentEncoding: 'gzip'}})
    const [part] = await file.download({decompress: false, start: 5, end: 14})
    expect(part.equals(zipped.subarray(5, 15))).to.equal(true)
  })

  promise('and the whole, unzipped, to who does not', async ({bucket}) => {
    await save(bucket.file('zipped'), zipped, {metadata: {contentEncoding: 'gzip'}})
    const url = `${bucket.storage.apiEndpoint}/storage/v1/b/${bucket.name}/o/zipped?alt=media`
    const response = await fetch(url, {headers: {'accept-encoding': 'identity', range: 'bytes=5-14'}})
    expect(response.status).to.equal(200)
    expect(await response.text()).to.equal('hello '.repeat(1000))
  })

  promise('an old generation can be read, listed and restored where there are versions', async ({bucket}) => {
    const [versioned] = await bucket.storage.createBucket(`v-${bucket.name}`, {versioning: {enabled: true}})
    const file = versioned.file('a')
    const old = await save(file, 'old')
    await save(file, 'new')
    expect(await text(versioned.file('a', {generation: old}))).to.equal('old')
    const [all] = await versioned.getFiles({versions: true})
    expect(all).to.have.length(2)
    await versioned.file('a', {generation: old}).copy(file)
    expect(await text(file)).to.equal('old')
  })

  const STEP = 256 * 1024
  promise('a session takes an object in chunks', async target => {
    const session = (await upload(target, 'chunks')).headers.get('location')!
    const first = await put(session, `bytes 0-${STEP - 1}/*`, Buffer.alloc(STEP, 'a'))
    expect([first.status, first.headers.get('range')]).to.deep.equal([308, `bytes=0-${STEP - 1}`])
    const last = await put(session, `bytes ${STEP}-${STEP + 2}/${STEP + 3}`, 'end')
    expect(last.status).to.equal(200)
    expect(await text(target.bucket.file('chunks'))).to.equal(`${'a'.repeat(STEP)}end`)
  })

  promise(
    'a session tells how far it is, and continues from there',
    async target => {
      const session = (await upload(target, 'status')).headers.get('location')!
      await put(session, `bytes 0-${STEP - 1}/*`, Buffer.alloc(STEP, 'a'))
      for (const total of ['*', STEP + 3]) {
        const state = await put(session, `bytes */${total}`)
        expect([state.status, state.headers.get('range')]).to.deep.equal([308, `bytes=0-${STEP - 1}`])
      }
      expect((await target.bucket.file('status').exists())[0]).to.equal(false)
      await put(session, `bytes ${STEP}-${STEP + 2}/${STEP + 3}`, 'end')
      expect(await text(target.bucket.file('status'))).to.equal(`${'a'.repeat(STEP)}end`)
    },
    'a resumable status query finalises the object',
  )

  promise('an upload with a wrong checksum leaves no object', async ({bucket}) => {
    const file = bucket.file('wrong')
    const attempt = file.save('hello', {resumable: false, metadata: {md5Hash: 'AAAAAAAAAAAAAAAAAAAAAA=='}})
    expect(await codeOf(attempt)).to.equal(400)
    expect((await file.exists())[0]).to.equal(false)
  })
})
