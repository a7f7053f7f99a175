import {readdir, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {Bucket} from '@google-cloud/storage'
import {expect} from 'chai'
import {startLocalCloud} from '../../../../lib/emulators/index.ts'
import {failure, storageOf, useLocalCloud} from '../../local-cloud.ts'

describe('local Cloud Storage: versions', () => {
  const local = useLocalCloud()
  let bucket: Bucket
  const save = async (text: string, name = 'a') => {
    await bucket.file(name).save(text, {resumable: false})
    return String((await bucket.file(name).getMetadata())[0].generation)
  }
  const text = async (generation?: string) =>
    String((await bucket.file('a', generation ? {generation} : {}).download())[0])
  /** Names and contents of all versions, in the order of the listing. */
  const versions = async (query: object = {}) => {
    const [files] = await bucket.getFiles({versions: true, ...query})
    return Promise.all(
      files.map(async ({name, metadata: {generation}}) => {
        const [bytes] = await bucket.file(name, {generation: generation!}).download()
        return `${name}: ${bytes}`
      }),
    )
  }

  beforeEach(async () => {
    ;[bucket] = await local.storage.createBucket('versioned', {versioning: {enabled: true}})
  })

  it('stay when an object is overwritten, each under its generation', async () => {
    const one = await save('one')
    const two = await save('two')
    await save('three')
    expect([await text(one), await text(two), await text()]).to.deep.equal(['one', 'two', 'three'])
  })

  it('stay when an object is deleted', async () => {
    const one = await save('one')
    await bucket.file('a').delete()
    expect((await bucket.file('a').exists())[0]).to.equal(false)
    expect((await bucket.getFiles())[0]).to.have.length(0)
    expect(await text(one)).to.equal('one')
  })

  it('tell since when they are noncurrent', async () => {
    const one = await save('one')
    await save('two')
    const [old] = await bucket.file('a', {generation: one}).getMetadata()
    expect(Date.parse(old.timeDeleted as string)).to.be.at.least(Date.parse(old.timeCreated!))
    expect((await bucket.file('a').getMetadata())[0]).not.to.have.property('timeDeleted')
  })

  it('are listed by name and age, on request', async () => {
    await save('one')
    await save('two')
    await save('b1', 'b')
    await bucket.file('b').delete()
    expect(await versions()).to.deep.equal(['a: one', 'a: two', 'b: b1'])
    expect((await bucket.getFiles())[0].map(file => file.name)).to.deep.equal(['a'])
  })

  it('are listed by prefix, offset and in pages, none twice and none left out', async () => {
    for (const name of ['a', 'b', 'c']) for (const content of ['1', '2', '3']) await save(content, name)
    const found: string[] = []
    let pageToken: string | undefined
    do {
      const query = {
        versions: true,
        maxResults: 2,
        autoPaginate: false,
        startOffset: 'b',
        ...(pageToken && {pageToken}),
      }
      const [files, next] = await bucket.getFiles(query)
      found.push(...files.map(file => `${file.name}${file.metadata.generation}`))
      pageToken = (next as {pageToken?: string} | null)?.pageToken
    } while (pageToken)
    const [all] = await bucket.getFiles({versions: true})
    expect(found).to.deep.equal(all.slice(3).map(file => `${file.name}${file.metadata.generation}`))
    expect(await versions({prefix: 'c'})).to.deep.equal(['c: 1', 'c: 2', 'c: 3'])
  })

  it('come back by a copy', async () => {
    const one = await save('one')
    await save('two')
    await bucket.file('a', {generation: one}).copy(bucket.file('a'))
    expect(await text()).to.equal('one')
    expect(await versions()).to.deep.equal(['a: one', 'a: two', 'a: one'])
  })

  it('can be parts of a composed object', async () => {
    const one = await save('one')
    await save('two')
    await bucket.combine([bucket.file('a', {generation: one}), bucket.file('a')], 'both')
    expect(String((await bucket.file('both').download())[0])).to.equal('onetwo')
  })

  it('are deleted for good when they are named', async () => {
    const one = await save('one')
    const two = await save('two')
    await bucket.file('a', {generation: one}).delete()
    expect((await failure(text(one))).code).to.equal(404)
    await bucket.file('a', {generation: two}).delete()
    expect(await versions()).to.deep.equal([])
  })

  it('keep their own metadata, which can be changed', async () => {
    const one = await save('one')
    await save('two')
    const old = bucket.file('a', {generation: one})
    const url = `${local.cloud.url}/b/versioned/o/a?generation=${one}`
    await fetch(url, {method: 'PATCH', body: JSON.stringify({metadata: {color: 'red'}})})
    expect((await old.getMetadata())[0]).to.deep.include({metageneration: '2', metadata: {color: 'red'}})
    expect((await bucket.file('a').getMetadata())[0]).to.include({metageneration: '1'})
  })

  it('hold preconditions on the live generation, and on their own metageneration', async () => {
    const one = await save('one')
    const two = await save('two')
    const status = async (query: string) =>
      (await fetch(`${local.cloud.url}/b/versioned/o/a?generation=${one}&${query}`)).status
    expect(await status(`ifGenerationMatch=${one}`)).to.equal(412)
    expect(await status(`ifGenerationMatch=${two}`)).to.equal(200)
    expect(await status('ifMetagenerationMatch=1')).to.equal(200)
  })

  it('keep their bucket from being deleted', async () => {
    await save('one')
    await bucket.file('a').delete()
    expect((await failure(bucket.delete())).code).to.equal(409)
    await bucket.deleteFiles({versions: true})
    await bucket.delete()
    await local.storage.createBucket('versioned', {versioning: {enabled: true}})
    expect(await versions()).to.deep.equal([])
  })

  it('are made no more when versioning is switched off, while those that are there stay', async () => {
    const one = await save('one')
    await save('two')
    await bucket.setMetadata({versioning: {enabled: false}})
    await save('three')
    await bucket.file('a').delete()
    expect(await versions()).to.deep.equal(['a: one'])
    expect(await text(one)).to.equal('one')
  })

  it('do not disturb the files of the folder', async () => {
    await save('one')
    await save('two')
    await save('x', 'dir/b')
    await bucket.file('dir/b').delete()
    const folder = join(local.cloud.dir, 'versioned')
    expect(await readdir(folder, {recursive: true})).to.deep.equal(['a'])
    expect(await readFile(join(folder, 'a'), 'utf8')).to.equal('two')
  })

  it('keep what a person put into the folder, as it was when it was overwritten', async () => {
    await writeFile(join(local.cloud.dir, 'versioned', 'a'), 'by hand')
    const one = String((await bucket.file('a').getMetadata())[0].generation)
    await save('two')
    expect(await text(one)).to.equal('by hand')
  })

  it('are told from new ones also when a clock stands still over a restart', async () => {
    const clock = {now: () => Date.UTC(2024, 5, 15)}
    const dir = join(local.cloud.dir, '.other')
    const generations: string[] = []
    for (const run of [1, 2]) {
      const cloud = await startLocalCloud({services: ['storage'], dir, clock})
      try {
        const storage = storageOf(cloud)
        if (run === 1) await storage.createBucket('versioned', {versioning: {enabled: true}})
        const file = storage.bucket('versioned').file('a')
        for (const content of ['x', 'y']) {
          await file.save(content)
          generations.push(String((await file.getMetadata())[0].generation))
        }
        await file.delete()
      } finally {
        await cloud.close()
      }
    }
    expect(generations).to.deep.equal([...new Set(generations)].sort())
  })

  it('outlast the process, but not a reset', async () => {
    await save('one')
    await save('two')
    const again = await startLocalCloud({services: ['storage'], dir: local.cloud.dir})
    try {
      const [files] = await storageOf(again).bucket('versioned').getFiles({versions: true})
      expect(files).to.have.length(2)
    } finally {
      await again.close()
    }
    await local.cloud.reset()
    ;[bucket] = await local.storage.createBucket('versioned', {versioning: {enabled: true}})
    expect(await versions()).to.deep.equal([])
  })
})
