import {createHash} from 'node:crypto'
import {appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect} from 'chai'
import {startLocalCloud} from '../../../../lib/emulators/index.ts'
import {useLocalCloud} from '../../local-cloud.ts'

describe('local Cloud Storage: the records of objects', () => {
  const local = useLocalCloud()
  const log = () => join(local.cloud.dir, '.meta', 'records', 'my-bucket.jsonl')

  /** What another server in the same folder says of the object `a`. */
  async function afterRestart(): Promise<Record<string, unknown>> {
    const cloud = await startLocalCloud({services: ['storage'], dir: local.cloud.dir})
    const reply = await fetch(`${cloud.url}/storage/v1/b/my-bucket/o/a`)
    const resource = (await reply.json()) as Record<string, unknown>
    await cloud.close()
    return resource
  }

  it('hold after a kill between the record of a new version and its file', async () => {
    await local.bucket.file('a').save('old', {resumable: false, contentType: 'text/x-old'})
    const [before] = await local.bucket.file('a').getMetadata()
    const line = JSON.parse(readFileSync(log(), 'utf8')) as {generation: number}
    const next = {...line, contentType: 'text/x-new', generation: line.generation + 1, mtime: '1'}
    appendFileSync(log(), `${JSON.stringify(next)}\n`)
    expect(await afterRestart()).to.include({contentType: 'text/x-old', generation: before.generation})
  })

  it('are taken over from a folder that an earlier version wrote', async () => {
    await local.bucket.file('a').save('old', {resumable: false, contentType: 'text/x-old'})
    const folder = join(local.cloud.dir, '.meta', 'objects', 'my-bucket')
    mkdirSync(folder, {recursive: true})
    const hash = createHash('sha256').update('a').digest('hex')
    writeFileSync(join(folder, `${hash}.json`), readFileSync(log(), 'utf8'))
    rmSync(log())
    expect(await afterRestart()).to.include({contentType: 'text/x-old'})
  })
})
