import {spawn} from 'node:child_process'
import {createHash} from 'node:crypto'
import {once} from 'node:events'
import {gzipSync} from 'node:zlib'
import {expect} from 'chai'
import {programCommand} from '../../support/program.ts'
import {contentOf, failureOf, noise, until, useCloud} from '../fixtures.ts'

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

describe('reading gs:// objects', () => {
  const fixture = useCloud()
  const put = (name: string, content: Buffer) => fixture.put(name, content)
  /** What the media requests asked for. */
  const requests = () =>
    fixture.cloud.log.of({call: 'objects.media'}).map(({query, range}) => ({generation: query['generation'], range}))

  it('gives the bytes of the object', async () => {
    const content = noise(300_000)
    expect(sha256(await contentOf(fixture.files, await put('a', content)))).to.equal(sha256(content))
  })

  it('gives nothing for an empty object, without a request', async () => {
    expect(await contentOf(fixture.files, await put('a', Buffer.alloc(0)))).to.have.length(0)
    expect(requests()).to.deep.equal([])
  })

  it('reads from a byte on', async () => {
    const content = noise(1000)
    expect(await contentOf(fixture.files, await put('a', content), 900)).to.deep.equal(content.subarray(900))
  })

  for (const kind of ['reset', 'fin', 'truncate'] as const)
    it(`survives a body that is cut at 10 random bytes (${kind})`, async () => {
      const content = noise(400_000)
      const file = await put('a', content)
      const cuts = Array.from({length: 10}, () => Math.floor(Math.random() * 30_000))
      cuts.forEach((afterBytes, i) => {
        fixture.cloud.faults.add({match: {call: 'objects.media'}, nth: i + 1, do: {kind, afterBytes}})
      })
      const read = await contentOf(fixture.files, file)
      expect(sha256(read), `cut at ${cuts}`).to.equal(sha256(content))
      expect(requests()).to.have.length(11)
    })

  it('resumes by Range at the byte reached, pinned to the generation', async () => {
    const file = await put('a', noise(100_000))
    fixture.cloud.faults.add({match: {call: 'objects.media'}, nth: 1, do: {kind: 'truncate', afterBytes: 60_000}})
    await contentOf(fixture.files, file)
    const {generation} = file
    expect(requests()).to.deep.equal([
      {generation, range: undefined},
      {generation, range: 'bytes=60000-'},
    ])
  })

  it('resumes at once after a cut that came with progress', async () => {
    const file = await put('a', noise(100_000))
    fixture.cloud.faults.add({match: {call: 'objects.media'}, nth: 1, do: {kind: 'truncate', afterBytes: 60_000}})
    await contentOf(fixture.files, file)
    expect(fixture.clock.waits).to.deep.equal([])
  })

  it('replaces a connection that gives no byte for the stall time-out while some are wanted', async () => {
    const content = noise(100_000)
    const file = await put('a', content)
    fixture.cloud.faults.add({match: {call: 'objects.media'}, nth: 1, do: {kind: 'stall', afterBytes: 10_000}})
    const read: Buffer[] = []
    let bytes = 0
    const reader = fixture.files.open(file)
    while (bytes < 10_000) {
      const {value} = await reader.next()
      read.push(value!)
      bytes += value!.length
    }
    const next = reader.next()
    await until(() => fixture.clock.stalls > 0)
    fixture.clock.stall()
    read.push((await next).value!)
    for await (const chunk of reader) read.push(chunk)
    expect(sha256(Buffer.concat(read))).to.equal(sha256(content))
    expect(requests().map(({range}) => range)).to.deep.equal([undefined, 'bytes=10000-'])
  })

  it('times nothing while the consumer pauses', async () => {
    const reader = fixture.files.open(await put('a', noise(100_000)))
    await reader.next()
    await new Promise(setImmediate)
    expect(fixture.clock.stalls).to.equal(0)
    await reader.return(undefined)
  })

  it('continues after a pause during which the connection was lost', async () => {
    const content = noise(3_000_000)
    const file = await put('a', content)
    fixture.cloud.faults.add({match: {call: 'objects.media'}, nth: 1, do: {kind: 'reset', afterBytes: 200_000}})
    const reader = fixture.files.open(file)
    const read = [(await reader.next()).value!]
    // time for the reset to arrive while nobody reads
    for (let i = 0; i < 50; i++) await new Promise(setImmediate)
    for await (const chunk of reader) read.push(chunk)
    expect(sha256(Buffer.concat(read))).to.equal(sha256(content))
  })

  it('checks the CRC32C of the whole', async () => {
    const file = await put('a', noise(100_000))
    fixture.cloud.faults.add({match: {call: 'objects.media'}, do: {kind: 'corrupt', atByte: 50_000}})
    const error = await failureOf(contentOf(fixture.files, file))
    expect(error).to.include({code: 'ERR_SLUICE_CHECKSUM'})
    expect(error.message).to.include('gs://my-bucket/a').and.to.include(file.crc32c!)
  })

  it('checks the CRC32C over all parts of a resumed read', async () => {
    const file = await put('a', noise(100_000))
    const call = 'objects.media'
    fixture.cloud.faults.add({match: {call}, nth: 1, do: {kind: 'truncate', afterBytes: 30_000}})
    fixture.cloud.faults.add({match: {call}, nth: 2, do: {kind: 'corrupt', atByte: 7}})
    expect(await failureOf(contentOf(fixture.files, file))).to.include({code: 'ERR_SLUICE_CHECKSUM'})
  })

  it('fails when the object was overwritten since it was matched', async () => {
    const file = await put('a', noise(1000))
    await fixture.bucket.file('a').save('other', {resumable: false})
    const error = await failureOf(contentOf(fixture.files, file))
    expect(error).to.include({code: 'ERR_SLUICE_OBJECT_CHANGED'})
    expect(error.message).to.include('gs://my-bucket/a')
  })

  for (const [what, change] of [
    ['overwritten', () => fixture.bucket.file('a').save(noise(100_000), {resumable: false})],
    ['deleted', () => fixture.bucket.file('a').delete()],
  ] as const)
    it(`fails when the object is ${what} between two parts of it`, async () => {
      const file = await put('a', noise(100_000))
      fixture.cloud.faults.add({match: {call: 'objects.media'}, nth: 1, do: {kind: 'truncate', afterBytes: 20_000}})
      const reader = fixture.files.open(file)
      await reader.next()
      await change()
      const rest = (async () => {
        for await (const _ of reader);
      })()
      expect(await failureOf(rest)).to.include({code: 'ERR_SLUICE_OBJECT_CHANGED'})
    })

  it('ends at once when its signal aborts, also while the server says nothing', async () => {
    const file = await put('a', noise(10))
    fixture.cloud.faults.add({match: {call: 'objects.media'}, do: {kind: 'hang'}})
    const abort = new AbortController()
    const next = fixture.files.open(file, {signal: abort.signal}).next()
    await until(() => requests().length > 0)
    const reason = new Error('enough')
    abort.abort(reason)
    expect(await next.catch(error => error)).to.equal(reason)
  })

  it('keeps no process alive with reads that were given up', async () => {
    await put('a', noise(3_000_000))
    fixture.cloud.faults.add({match: {call: 'objects.media'}, nth: 2, do: {kind: 'hang'}})
    const script = new URL('give-up.ts', import.meta.url).pathname
    const [node = '', ...program] = programCommand(script)
    const env = {...process.env, ...fixture.cloud.env}
    const child = spawn(node, [...program, 'gs://my-bucket/a'], {env, stdio: 'inherit'})
    expect(await once(child, 'exit')).to.deep.equal([0, null])
  })

  it('leaves the reads of others alone when one is given up', async () => {
    const content = noise(3_000_000)
    const file = await put('a', content)
    const [one, other] = [fixture.files.open(file), fixture.files.open(file)]
    const read = [(await other.next()).value!]
    await one.next()
    await one.return(undefined)
    for await (const chunk of other) read.push(chunk)
    expect(sha256(Buffer.concat(read))).to.equal(sha256(content))
    expect(requests()).to.have.length(2)
  })

  it('gives gzip objects as they are stored', async () => {
    const content = gzipSync('hello')
    await fixture.bucket.file('a.txt').save(content, {resumable: false, metadata: {contentEncoding: 'gzip'}})
    const [file] = await fixture.files.match('gs://my-bucket/a.txt')
    expect(file).to.include({contentEncoding: 'gzip', size: content.length})
    expect(await contentOf(fixture.files, file!)).to.deep.equal(content)
  })

  it('names permission and object for a 403', async () => {
    const file = await put('a', noise(10))
    fixture.cloud.permissions = ['storage.objects.list']
    const error = await failureOf(contentOf(fixture.files, file))
    expect(error).to.include({code: 'ERR_SLUICE_PERMISSION'})
    expect(error.message).to.include('gs://my-bucket/a').and.to.include('storage.objects.get')
    expect(fixture.clock.waits).to.deep.equal([])
  })

  it('says how to get credentials for a 401', async () => {
    const file = await put('a', noise(10))
    fixture.cloud.faults.add({
      match: {call: 'objects.media'},
      do: {kind: 'status', status: 401, message: 'Anonymous caller'},
    })
    const error = await failureOf(contentOf(fixture.files, file))
    expect(error).to.include({code: 'ERR_SLUICE_CREDENTIALS'})
    expect(error.message).to.match(/gcloud auth application-default login.*Anonymous caller/)
  })
})
