import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {createInterface} from 'node:readline'
import {LIBRARY_EMULATORS, NODE_ON_BUILT} from './command.ts'

const SCRIPT = `
  import {startLocalCloud} from ${JSON.stringify(LIBRARY_EMULATORS)}
  const cloud = await startLocalCloud({services: ['storage'], ...JSON.parse(process.argv[1])})
  process.stdin.on('end', () => void cloud.close()).resume()
  console.log(JSON.stringify({url: cloud.url, dir: cloud.dir}))
`

/** A local Cloud Storage in a process of its own, which is how people use it: its bytes come when they come. */
export interface CloudProcess {
  readonly url: string
  readonly dir: string
  readonly pid: number
  /** Ends it and waits for that. */
  close(): Promise<void>
}

/** Starts one; it ends with this process, too. */
export async function startCloudProcess(options: {dir?: string} = {}): Promise<CloudProcess> {
  const [command = '', ...node] = NODE_ON_BUILT
  const args = [...node, '--input-type=module', '-e', SCRIPT, JSON.stringify(options)]
  const child = spawn(command, args, {stdio: ['pipe', 'pipe', 'inherit']})
  const exited = once(child, 'exit')
  const line = await Promise.race([
    once(createInterface({input: child.stdout}), 'line').then(([text]) => String(text)),
    exited.then(([code]) => Promise.reject(new Error(`the local cloud exited with ${code}`))),
  ])
  return {
    ...(JSON.parse(line) as {url: string; dir: string}),
    pid: child.pid!,
    async close() {
      child.stdin.end()
      await exited
    },
  }
}
