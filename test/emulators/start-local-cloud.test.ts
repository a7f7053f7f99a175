import {once} from 'node:events'
import {existsSync, readFileSync, statSync} from 'node:fs'
import {mkdtemp, rm} from 'node:fs/promises'
import {request} from 'node:http'
import {createServer} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Storage} from '@google-cloud/storage'
import {expect} from 'chai'
import {GoogleAuth} from 'google-auth-library'
import {type LocalCloud, type LocalCloudOptions, startLocalCloud} from '../../lib/emulators/index.ts'
import {SluiceError} from '../../lib/errors/index.ts'
import {failure, storageOf, useLocalCloud} from './local-cloud.ts'

describe('startLocalCloud', () => {
  const local = useLocalCloud()

  describe('environment', () => {
    /** Runs `body` with the cloud's variables set, as `sluice local -- COMMAND` does for a process. */
    async function withEnv<T>(cloud: LocalCloud, body: () => Promise<T>): Promise<T> {
      const before = Object.fromEntries(Object.keys(cloud.env).map(name => [name, process.env[name]]))
      Object.assign(process.env, cloud.env)
      try {
        return await body()
      } finally {
        for (const [name, value] of Object.entries(before)) {
          if (value === undefined) delete process.env[name]
          else process.env[name] = value
        }
      }
    }

    it('lets an unchanged `new Storage()` read and write', async () => {
      const content = await withEnv(local.cloud, async () => {
        const file = new Storage().bucket('my-bucket').file('a.txt')
        await file.save('hello')
        return (await file.download())[0].toString()
      })
      expect(content).to.equal('hello')
    })

    it('lets an unchanged `new Storage()` list buckets without being told a project', async () => {
      const [buckets] = await withEnv(local.cloud, () => new Storage().getBuckets())
      expect(buckets.map(bucket => bucket.name)).to.deep.equal(['my-bucket'])
    })

    it('gives Google credentials that fetch their token from it', async () => {
      const token = await withEnv(local.cloud, () =>
        new GoogleAuth({scopes: 'https://www.googleapis.com/auth/bigquery'}).getAccessToken(),
      )
      expect(token).to.equal('local')
    })

    it('points both services to it, also one that was not started, so that nothing goes to production', () => {
      expect(local.cloud.env.BIGQUERY_EMULATOR_HOST).to.equal(local.cloud.url)
    })

    it('keeps the credentials file from other users', () => {
      expect(statSync(local.cloud.env.GOOGLE_APPLICATION_CREDENTIALS).mode & 0o777).to.equal(0o600)
    })

    it('removes the credentials file at close', async () => {
      await local.cloud.close()
      expect(existsSync(local.cloud.env.GOOGLE_APPLICATION_CREDENTIALS)).to.equal(false)
    })
  })

  describe('addresses', () => {
    const paths = ['/b/my-bucket', '/storage/v1/b/my-bucket']
    for (const path of paths)
      it(`answers ${path}`, async () => {
        expect((await fetch(local.cloud.url + path)).status).to.equal(200)
      })

    it('answers media under /download/storage/v1', async () => {
      await local.bucket.file('a').save('hello')
      const response = await fetch(`${local.cloud.url}/download/storage/v1/b/my-bucket/o/a?alt=media`)
      expect(await response.text()).to.equal('hello')
    })

    it('takes uploads under /upload without the version, too', async () => {
      const url = `${local.cloud.url}/upload/b/my-bucket/o?uploadType=media&name=a`
      expect((await fetch(url, {method: 'POST', body: 'hello'})).status).to.equal(200)
    })

    it('refuses another host name, which a web page could point to 127.0.0.1', async () => {
      const sent = request(`${local.cloud.url}/b/my-bucket`, {headers: {host: 'evil.example'}}).end()
      const [response] = await once(sent, 'response')
      expect(response.statusCode).to.equal(403)
      response.resume()
    })

    it('refuses requests of web pages', async () => {
      const response = await fetch(`${local.cloud.url}/b/my-bucket`, {headers: {origin: 'https://evil.example'}})
      expect(response.status).to.equal(403)
    })

    it('names a path that nothing answers', async () => {
      const response = await fetch(`${local.cloud.url}/nonsense`)
      expect(response.status).to.equal(404)
      expect(await response.text()).to.include('no service answers /nonsense')
    })

    it('says that a service was not started', async () => {
      const response = await fetch(`${local.cloud.url}/bigquery/v2/projects/p/datasets`)
      expect(response.status).to.equal(400)
      expect(await response.text()).to.include('started without')
    })
  })

  describe('options', () => {
    const bad: [string, LocalCloudOptions][] = [
      ['port', {port: -1}],
      ['project', {project: 'Not A Project'}],
      ['permissions', {permissions: ['everything']}],
      ['services', {services: ['spanner' as 'storage']}],
      ['dir', {dir: ''}],
      ['clock', {clock: {} as never}],
      ['every', {faults: [{match: {}, every: 0, do: {kind: 'hang'}}]}],
      ['foo', {foo: 1} as never],
    ]
    for (const [name, options] of bad)
      it(`refuses a bad \`${name}\` by name`, async () => {
        const error = await failure(startLocalCloud(options))
        expect(error).to.be.instanceOf(SluiceError).with.property('code', 'ERR_SLUICE_OPTION')
        expect(error.message).to.include(name)
      })

    it('says that a port is taken', async () => {
      const other = createServer().listen(0, '127.0.0.1')
      await once(other, 'listening')
      const {port} = other.address() as {port: number}
      const error = await failure(startLocalCloud({services: ['storage'], port}))
      other.close()
      expect(error).to.be.instanceOf(SluiceError).with.property('code', 'ERR_SLUICE_EMULATOR')
      expect(error.message).to.include(String(port))
    })
  })

  describe('close', () => {
    it('removes the temporary data', async () => {
      await local.cloud.close()
      expect(existsSync(local.cloud.dir)).to.equal(false)
    })

    it('frees the port', async () => {
      await local.cloud.close()
      const error = await failure(fetch(local.cloud.url))
      expect(error.cause).to.have.property('code', 'ECONNREFUSED')
    })

    it('does not wait for a request that hangs', async () => {
      local.cloud.faults.add({match: {}, do: {kind: 'hang'}})
      const hanging = failure(fetch(`${local.cloud.url}/b/my-bucket`))
      while (local.cloud.log.entries.length === 0) await new Promise(setImmediate)
      await local.cloud.close()
      expect(await hanging).to.be.instanceOf(Error)
    })

    it('does not wait for an upload that never ends', async () => {
      const sent = request(`${local.cloud.url}/upload/storage/v1/b/my-bucket/o?uploadType=media&name=a`, {
        method: 'POST',
      })
      const broken = once(sent, 'error')
      sent.write('half of it')
      while (local.cloud.log.entries.at(-1)?.requestBytes !== 10) await new Promise(setImmediate)
      await local.cloud.close()
      await broken
    })

    it('may be called twice', async () => {
      await Promise.all([local.cloud.close(), local.cloud.close()])
      await local.cloud.close()
    })
  })

  describe('dir', () => {
    let dir: string
    beforeEach(async () => {
      dir = await mkdtemp(join(tmpdir(), 'sluice-test-'))
    })
    afterEach(() => rm(dir, {recursive: true}))

    it('keeps buckets, objects, metadata and generations from one start to the next', async () => {
      const first = await startLocalCloud({services: ['storage'], dir})
      const [bucket] = await storageOf(first).createBucket('kept', {location: 'eu'})
      await bucket.file('a.txt').save('hello', {metadata: {metadata: {color: 'red'}}})
      const [before] = await bucket.file('a.txt').getMetadata()
      await first.close()
      const second = await startLocalCloud({services: ['storage'], dir})
      const [after] = await storageOf(second).bucket('kept').file('a.txt').getMetadata()
      const [{location}] = await storageOf(second).bucket('kept').getMetadata()
      await second.close()
      const {selfLink: _1, mediaLink: _2, ...expected} = before
      expect(after).to.deep.include(expected)
      expect(location).to.equal('EU')
    })

    it('stays at close', async () => {
      const cloud = await startLocalCloud({services: ['storage'], dir})
      await (await storageOf(cloud).createBucket('kept'))[0].file('a.txt').save('hello')
      await cloud.close()
      expect(readFileSync(join(dir, 'kept', 'a.txt'), 'utf8')).to.equal('hello')
    })
  })

  describe('reset', () => {
    it('deletes what came through the API', async () => {
      await local.bucket.file('a').save('hello')
      await local.cloud.reset()
      expect((await local.storage.getBuckets())[0]).to.deep.equal([])
    })

    it('takes away faults, permissions and log entries that came after the start', async () => {
      local.cloud.faults.add({match: {}, do: {kind: 'status', status: 400}})
      local.cloud.permissions = []
      await fetch(local.cloud.url)
      await local.cloud.reset()
      expect(local.cloud.log.entries).to.deep.equal([])
      expect((await fetch(`${local.cloud.url}/b?project=p`)).status).to.equal(200)
    })
  })
})
