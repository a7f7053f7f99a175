import {randomBytes} from 'node:crypto'
import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {dirname, join, relative} from 'node:path'
import {type Bucket, Storage} from '@google-cloud/storage'
import {type LocalCloud, startLocalCloud} from '../../../lib/emulators/index.ts'
import {Files} from '../../../lib/files/match/files.ts'
import type {FileSystem} from '../../../lib/files/system/file-system.ts'
import {type CloudProcess, startCloudProcess} from '../../support/local-cloud-process.ts'

/** A fake-gcs-server, or another server of the JSON API, that the suite runs against as well. */
const GIVEN = process.env['FAKE_GCS_SERVER']

/** What is kept of an object beside its bytes. */
interface Kept {
  contentEncoding?: string
  contentType?: string
}

/** A place that no other case has. */
export interface Folder {
  /** What paths in it begin with, the last slash included. */
  readonly path: string
  /** Stores a file, by other means than ours. On the disk nothing is kept beside the bytes. */
  put(name: string, content: string | Buffer, kept?: Kept): Promise<void>
  /** Stores many files, each of which has its name for a line. */
  fill(names: readonly string[]): Promise<void>
  /** The stored bytes of a file, by other means than ours. */
  get(name: string): Promise<Buffer>
  remove(name: string): Promise<void>
  /** The names of all files in it, hidden ones too, in order. */
  names(): Promise<string[]>
}

/** A file system under test. */
export interface Target {
  /** What connectors read and write by. */
  files: FileSystem
  /** Options that a source or sink needs to get there. */
  options: {client?: Storage}
  folder(): Promise<Folder>
  /** Only on Cloud Storage. */
  bucket: Bucket
  /** Only on the local cloud. */
  cloud: LocalCloud
}

interface CaseOptions {
  /** Only there: `'disk'`; `'gs'` is any server of Cloud Storage; `'local cloud'` where faults are needed. Default: everywhere. */
  on?: 'disk' | 'gs' | 'local cloud'
  /** Why fake-gcs-server does not pass it, by Google's own documentation. */
  wrong?: string
}

type Case = (title: string, body: (target: Target) => Promise<void>, options?: CaseOptions) => void

/** Runs the cases on local files, on the local cloud in this process and in another, and on what `FAKE_GCS_SERVER` names. */
export function contract(title: string, define: (promise: Case) => void): void {
  describe(`contract of file systems, ${title}`, () => {
    describe('local files', () => {
      const target = useDisk()
      define((name, body, {on = 'disk'} = {}) => {
        if (on === 'disk') it(name, () => body(target))
      })
    })
    describe('local cloud', () => {
      const target = useLocalCloud()
      define((name, body, {on} = {}) => {
        if (on !== 'disk') it(name, () => body(target))
      })
    })
    describe('local cloud in another process', () => {
      const target = useCloudProcess()
      define((name, body, {on = 'gs'} = {}) => {
        if (on === 'gs') it(name, () => body(target))
      })
    })
    if (GIVEN)
      describe(`server at FAKE_GCS_SERVER=${GIVEN}`, () => {
        const target = useGiven(GIVEN)
        define((name, body, {on = 'gs', wrong} = {}) => {
          if (on !== 'gs') return
          // Without a body mocha lists the case as pending, under this name.
          if (wrong) it(`${name} [not run, fake-gcs-server is wrong: ${wrong}]`)
          else it(name, () => body(target)).timeout(60_000)
        })
      })
  })
}

function useDisk(): Target {
  const target = {} as Target
  target.files = new Files()
  target.options = {}
  let root: string
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'sluice-test-'))
  })
  after(() => rm(root, {recursive: true, force: true}))
  target.folder = async () => {
    const path = join(root, unique())
    await mkdir(path)
    return {
      path: `${path}/`,
      fill: names => fillFolder(path, names),
      async put(name, content) {
        await mkdir(dirname(join(path, name)), {recursive: true})
        await writeFile(join(path, name), content)
      },
      get: name => readFile(join(path, name)),
      remove: name => rm(join(path, name)),
      async names() {
        const entries = await readdir(path, {recursive: true, withFileTypes: true})
        const files = entries.filter(entry => entry.isFile())
        return files.map(entry => relative(path, join(entry.parentPath, entry.name))).sort()
      },
    }
  }
  return target
}

function useLocalCloud(): Target {
  const target = {} as Target
  before(async () => {
    target.cloud = await startLocalCloud({services: ['storage']})
    const {cloud} = target
    await connect(target, new Storage(cloud.clientOptions.storage), fillBucket(target, cloud.dir))
  })
  afterEach(() => target.cloud.faults.clear())
  after(() => target.cloud.close())
  return target
}

function useCloudProcess(): Target {
  const target = {} as Target
  let cloud: CloudProcess
  before(async () => {
    cloud = await startCloudProcess()
    const client = new Storage({projectId: 'local-project', apiEndpoint: cloud.url})
    await connect(target, client, fillBucket(target, cloud.dir))
  })
  after(() => cloud.close())
  return target
}

/** The local cloud's objects are plain files, and a thousand uploads would take their time. */
function fillBucket(target: Target, dir: string) {
  return (prefix: string, names: readonly string[]) => fillFolder(join(dir, target.bucket.name, prefix), names)
}

function useGiven(url: string): Target {
  const target = {} as Target
  before(() => {
    const client = new Storage({projectId: 'local-project', apiEndpoint: url})
    return connect(target, client, async (prefix, names) => {
      const save = (name: string) => target.bucket.file(prefix + name).save(`${name}\n`, {resumable: false})
      for (let at = 0; at < names.length; at += 50) await Promise.all(names.slice(at, at + 50).map(save))
    })
  })
  return target
}

async function connect(
  target: Target,
  client: Storage,
  fill: (prefix: string, names: readonly string[]) => Promise<void>,
): Promise<void> {
  const [bucket] = await client.createBucket(`contract-${unique()}`)
  Object.assign(target, {
    files: new Files({client}),
    options: {client},
    bucket,
    async folder() {
      const prefix = `${unique()}/`
      return {
        path: `gs://${bucket.name}/${prefix}`,
        fill: names => fill(prefix, names),
        async put(name, content, metadata = {}) {
          await bucket.file(prefix + name).save(content, {resumable: false, validation: false, metadata})
        },
        get: async name => (await bucket.file(prefix + name).download({decompress: false}))[0],
        async remove(name) {
          await bucket.file(prefix + name).delete()
        },
        names: async () => (await bucket.getFiles({prefix}))[0].map(({name}) => name.slice(prefix.length)).sort(),
      }
    },
  } satisfies Partial<Target>)
}

async function fillFolder(path: string, names: readonly string[]): Promise<void> {
  await mkdir(path, {recursive: true})
  for (const name of names) await writeFile(join(path, name), `${name}\n`)
}

function unique(): string {
  return randomBytes(8).toString('hex')
}
