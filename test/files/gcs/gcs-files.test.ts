import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import {storageTarget} from '../../../lib/files/gcs/gcs-client.ts'
import {GcsFiles} from '../../../lib/files/gcs/gcs-files.ts'
import {contentOf, failureOf, STALL, TestClock, until, useCloud} from '../fixtures.ts'

describe('matching gs:// patterns', () => {
  const fixture = useCloud()
  const put = async (...names: string[]) => {
    await Promise.all(names.map(name => fixture.bucket.file(name).save(name, {resumable: false})))
    fixture.cloud.log.clear()
  }
  const match = async (pattern: string) =>
    (await fixture.files.match(`gs://my-bucket/${pattern}`)).map(file => file.path.slice('gs://my-bucket/'.length))
  const calls = () => fixture.cloud.log.entries.map(({call}) => call)

  it('reports size, generation and CRC32C', async () => {
    await put('abc')
    const [file] = await fixture.files.match('gs://my-bucket/a*')
    const [{generation, crc32c}] = await fixture.bucket.file('abc').getMetadata()
    expect(file).to.include({path: 'gs://my-bucket/abc', size: 3, generation: String(generation), crc32c})
  })

  it('orders by the UTF-8 bytes of the names', async () => {
    await put('x-b', 'x-B', 'x-é', 'x-😀', 'x-\uffee', 'x-10', 'x-9')
    expect(await match('x-*')).to.deep.equal(['x-10', 'x-9', 'x-B', 'x-b', 'x-é', 'x-\uffee', 'x-😀'])
  })

  it('crosses folders with ** and not with *', async () => {
    await put('d/a.csv', 'd/e/b.csv', 'd/e/f/c.csv', 'd.csv')
    expect(await match('d/*.csv')).to.deep.equal(['d/a.csv'])
    expect(await match('d/*/*.csv')).to.deep.equal(['d/e/b.csv'])
    expect(await match('d/**/*.csv')).to.deep.equal(['d/a.csv', 'd/e/b.csv', 'd/e/f/c.csv'])
    expect(await match('**')).to.have.length(4)
  })

  it('knows ?, […] and {…}', async () => {
    await put('f1', 'f2', 'f10', 'fa', 'other')
    expect(await match('f?')).to.deep.equal(['f1', 'f2', 'fa'])
    expect(await match('f[0-9]')).to.deep.equal(['f1', 'f2'])
    expect(await match('f{1,10}')).to.deep.equal(['f1', 'f10'])
  })

  it('takes everything else in a pattern as it stands', async () => {
    await put('(1|2)+@!.txt', '1+@!.txt')
    expect(await match('(1|2)+@!*')).to.deep.equal(['(1|2)+@!.txt'])
  })

  it('takes a glob character after a backslash as part of the name', async () => {
    await put('a[1]*', 'a1x')
    expect(await match('a\\[1\\]\\*')).to.deep.equal(['a[1]*'])
    expect(await match('a\\[1\\]*')).to.deep.equal(['a[1]*'])
  })

  it("leaves the placeholders of empty folders ('folder/') out", async () => {
    await put('d/', 'd/a', 'd/e/')
    expect(await match('d/*')).to.deep.equal(['d/a'])
    expect(await match('d/**')).to.deep.equal(['d/a'])
  })

  it('follows the pages of a listing', async () => {
    const names = Array.from({length: 1001}, (_, i) => `p/${String(i).padStart(4, '0')}`)
    // The local cloud's objects are plain files: 1,001 uploads would take their time.
    const folder = join(fixture.cloud.dir, 'my-bucket')
    await mkdir(join(folder, 'p'))
    for (const name of names) await writeFile(join(folder, name), name)
    expect(await match('p/*')).to.deep.equal(names)
    expect(calls()).to.deep.equal(['objects.list', 'objects.list'])
  })

  it('lists by the literal prefix, only what it needs to know, and not deeper than the pattern goes', async () => {
    await put('d/x1')
    await match('d/x*')
    expect(fixture.cloud.log.entries[0]!.query).to.deep.equal({
      prefix: 'd/x',
      delimiter: '/',
      fields: 'kind,items(name,size,generation,crc32c,contentEncoding),nextPageToken',
    })
  })

  it('lists nothing for a path without glob characters, and needs only storage.objects.get', async () => {
    await put('d/x1')
    fixture.cloud.permissions = ['storage.objects.get']
    const [file] = await fixture.files.match('gs://my-bucket/d/x1')
    expect(String(await contentOf(fixture.files, file!))).to.equal('d/x1')
    expect(calls()).to.deep.equal(['objects.get', 'objects.media'])
  })

  it('needs storage.objects.list and storage.objects.get for a pattern', async () => {
    await put('d/x1')
    fixture.cloud.permissions = ['storage.objects.list', 'storage.objects.get']
    const [file] = await fixture.files.match('gs://my-bucket/d/*')
    expect(String(await contentOf(fixture.files, file!))).to.equal('d/x1')
  })

  it('names pattern and bucket when nothing matches', async () => {
    await put('d/x1', 'd/x2')
    const error = await failureOf(fixture.files.match('gs://my-bucket/d/x*.csv'))
    expect(error).to.include({code: 'ERR_SLUICE_NO_MATCH'})
    expect(error.message).to.match(
      /'gs:\/\/my-bucket\/d\/x\*\.csv'.*bucket my-bucket has 2 names that begin with 'd\/x'/,
    )
  })

  it('names the object when a path without glob characters does not exist', async () => {
    const error = await failureOf(fixture.files.match('gs://my-bucket/nope.csv'))
    expect(error).to.include({code: 'ERR_SLUICE_NO_MATCH'})
    expect(error.message).to.include("'gs://my-bucket/nope.csv'")
  })

  for (const path of ['gs://no-bucket/a', 'gs://no-bucket/a*'])
    it(`names the bucket when it does not exist (${path}), after one request`, async () => {
      const error = await failureOf(fixture.files.match(path))
      expect(error).to.include({code: 'ERR_SLUICE_NOT_FOUND'})
      expect(error.message).to.match(/Bucket gs:\/\/no-bucket does not exist.*gcloud storage buckets create/)
      expect(calls()).to.have.length(1)
    })

  for (const [path, permission] of [
    ['gs://my-bucket/a', 'storage.objects.get'],
    ['gs://my-bucket/a*', 'storage.objects.list'],
  ] as const)
    it(`names the missing permission ${permission}, after one request`, async () => {
      fixture.cloud.permissions = []
      const error = await failureOf(fixture.files.match(path))
      expect(error).to.include({code: 'ERR_SLUICE_PERMISSION'})
      expect(error.message).to.include(permission).and.to.include('gs://my-bucket')
      expect(calls()).to.have.length(1)
    })

  it('gives each call a deadline of its own', async () => {
    await put('a')
    fixture.cloud.faults.add({match: {call: 'objects.list'}, nth: 1, do: {kind: 'hang'}})
    const matching = match('*')
    await until(() => calls().length > 0)
    fixture.clock.stall()
    expect(await matching).to.deep.equal(['a'])
  })

  it('ends at once when its signal aborts', async () => {
    fixture.cloud.faults.add({match: {call: 'objects.list'}, do: {kind: 'hang'}})
    const abort = new AbortController()
    const matching = fixture.files.match('gs://my-bucket/*', abort.signal)
    await until(() => calls().length > 0)
    const reason = new Error('enough')
    abort.abort(reason)
    expect(await matching.catch(error => error)).to.equal(reason)
  })

  it('does not wait long where nobody has ever answered', async () => {
    const clock = new TestClock()
    await fixture.cloud.close()
    const files = new GcsFiles(new Storage(fixture.cloud.clientOptions.storage), {clock, stallTimeout: STALL})
    const error = await failureOf(files.match('gs://my-bucket/*'))
    expect(error).to.include({code: 'ERR_SLUICE_READ'})
    expect(error.message).to.match(/ECONNREFUSED.*Nothing answers there.*STORAGE_EMULATOR_HOST/)
    expect(clock.time).to.be.below(10_000)
  })

  it('continues trying where somebody has answered before', async () => {
    await put('a')
    await match('*')
    await fixture.cloud.close()
    await failureOf(match('*'))
    expect(fixture.clock.time).to.be.above(800_000)
  })

  it('says what to write for a path that names no object', async () => {
    for (const path of ['gs://my-bucket', 'gs://my-bucket/']) {
      const error = await failureOf(fixture.files.match(path))
      expect(error).to.include({code: 'ERR_SLUICE_OPTION'})
      expect(error.message).to.include("'gs://my-bucket/**'")
    }
  })

  it('makes its own client of the environment, with or without a scheme in STORAGE_EMULATOR_HOST', async () => {
    await put('a')
    const {host} = new URL(fixture.cloud.url)
    for (const value of [fixture.cloud.url, host, `${fixture.cloud.url}/`])
      await withHost(value, async () => {
        expect(await new GcsFiles().match('gs://my-bucket/a')).to.have.length(1)
        expect(process.env['STORAGE_EMULATOR_HOST']).to.equal(value)
      })
  })
})

describe('storageTarget', () => {
  it('is local when STORAGE_EMULATOR_HOST is set', () =>
    withHost('http://127.0.0.1:1', () => {
      const target = {service: 'storage', variable: 'STORAGE_EMULATOR_HOST'}
      expect(storageTarget({})).to.deep.equal({...target, local: true, explicit: false})
    }))
  it('is not local when it is not set, or empty', async () => {
    for (const value of [undefined, ''])
      await withHost(value, () => expect(storageTarget({})).to.include({local: false, explicit: false}))
  })
  it('goes by the client when one is given', () => {
    const local = new Storage({apiEndpoint: 'http://localhost:1', projectId: 'p'})
    expect(storageTarget({client: local})).to.include({local: true, explicit: true})
    expect(storageTarget({client: new Storage({projectId: 'p'})})).to.include({local: false, explicit: true})
  })
})

/** Runs `fn` with the variable set to `value`. */
async function withHost(value: string | undefined, fn: () => unknown): Promise<void> {
  const before = process.env['STORAGE_EMULATOR_HOST']
  const set = (to: string | undefined) => {
    if (to === undefined) delete process.env['STORAGE_EMULATOR_HOST']
    else process.env['STORAGE_EMULATOR_HOST'] = to
  }
  set(value)
  try {
    await fn()
  } finally {
    set(before)
  }
}
