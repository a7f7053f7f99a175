import {spawn} from 'node:child_process'
import {constants} from 'node:os'
import {Command, InvalidArgumentError} from 'commander'
import type {LocalCloud} from '../emulators/index.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

interface LocalFlags {
  dir?: string
  port?: number
  project?: string
}

/** `sluice local`: runs the local cloud until a signal, or around one command. */
export function localCommand(): Command {
  return new Command('local')
    .description('Start a local Cloud Storage, BigQuery and Pub/Sub; print its environment, or run COMMAND in it.')
    .usage('[options] [-- COMMAND ...]')
    .argument('[command...]', 'a command to run with the environment set; its exit code is passed on')
    .option('--dir <folder>', 'keep the data in this folder (default: a temporary one)')
    .option('--port <number>', 'port on 127.0.0.1, Pub/Sub has its own (default: any free one)', integer)
    .option('--project <id>', 'project id (default: local-project)')
    .action(async (command: string[], flags: LocalFlags) => {
      // not before it is needed: the other commands start faster
      const {startLocalCloud} = await import('../emulators/index.ts')
      const cloud = await startLocalCloud(flags)
      try {
        if (command.length > 0) process.exitCode = await runIn(cloud, command)
        else await serve(cloud)
      } finally {
        await cloud.close()
      }
    })
}

async function serve(cloud: LocalCloud): Promise<void> {
  for (const [name, value] of Object.entries(cloud.env))
    console.log(`export ${name}='${value.replaceAll("'", "'\\''")}'`)
  console.error(
    `The local cloud listens on ${cloud.url}, its Pub/Sub on ${cloud.pubsub.host}, with its data in ${cloud.dir}. Stop it with Ctrl-C.`,
  )
  await new Promise<void>(resolve => {
    for (const signal of SIGNALS) process.once(signal, () => resolve())
  })
}

/** Runs a command and resolves to its exit code, by the shell's rule 128 + n after a signal. */
function runIn(cloud: LocalCloud, [program, ...args]: string[]): Promise<number> {
  return new Promise(resolve => {
    const child = spawn(program!, args, {stdio: 'inherit', env: {...process.env, ...cloud.env}})
    // The command decides what a signal means; this process outlives it to clean up.
    const forward = (signal: NodeJS.Signals) => void child.kill(signal)
    for (const signal of SIGNALS) process.on(signal, forward)
    child.once('error', error => {
      const problem = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'command not found' : error.message
      console.error(`sluice: ${program}: ${problem}`)
      resolve(127)
    })
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal!]))
    child.once('close', () => {
      for (const signal of SIGNALS) process.off(signal, forward)
    })
  })
}

function integer(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Give a port number.')
}
