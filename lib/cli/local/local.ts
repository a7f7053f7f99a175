import {spawn} from 'node:child_process'
import {constants} from 'node:os'
import {contentsText, type LocalCloud, startLocalCloud} from '../../emulators/index.ts'
import {complain, EXIT, reportError} from '../report/exit.ts'
import {createResources, type ResourceFlags, resourcesOf, seed} from './local-resources.ts'

/** Flags of `sluice local` as commander gives them. */
export interface LocalFlags extends ResourceFlags {
  dir?: string
  httpPort?: number
  grpcPort?: number
  project?: string
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** A shell's exit code for a command that does not exist. */
const NOT_FOUND = 127

/** Runs `sluice local`: the local cloud until a signal, or for the duration of one command; returns the exit code. */
export async function local(flags: LocalFlags, command: readonly string[]): Promise<number> {
  const {httpPort, seed: folder, dir, grpcPort, project} = flags
  const options = {
    ...(dir !== undefined && {dir}),
    ...(grpcPort !== undefined && {grpcPort}),
    ...(project !== undefined && {project}),
  }
  let cloud: LocalCloud | undefined
  try {
    const resources = resourcesOf(flags)
    cloud = await startLocalCloud({...options, ...(httpPort !== undefined && {port: httpPort})})
    if (resources.length > 0) await createResources(cloud, resources)
    if (folder !== undefined)
      await seed(
        cloud,
        folder,
        resources.flatMap(each => (each.kind === 'bucket' ? [each.name] : [])),
      )
    if (command.length > 0) return await runIn(cloud, command)
    await serve(cloud)
    return EXIT.done
  } catch (error) {
    return reportError(error)
  } finally {
    await cloud?.close()
  }
}

async function serve(cloud: LocalCloud): Promise<void> {
  const stopped = new Promise<void>(resolve => {
    for (const signal of SIGNALS) process.once(signal, () => resolve())
  })
  const contents = contentsText(await cloud.contents())
  process.stderr.write(
    `The local cloud listens on ${cloud.url}, its Pub/Sub on ${cloud.pubsub.host}, with its data in ${cloud.dir}:\n` +
      `${contents}Paste these lines into the shells that should use it. Stop it with Ctrl-C.\n`,
  )
  for (const [name, value] of Object.entries(cloud.env))
    process.stdout.write(`export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
  await stopped
}

/** Runs a command and resolves to its exit code, by the shell's rule 128 + n after a signal. */
function runIn(cloud: LocalCloud, [program, ...args]: readonly string[]): Promise<number> {
  return new Promise(resolve => {
    // The command decides what a signal means; this process outlives it to clean up. On Ctrl-C the terminal signals both.
    const forward = (signal: NodeJS.Signals) => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    }
    // before spawning: the command may cause a signal before spawn() returns
    for (const signal of SIGNALS) process.on(signal, forward)
    const child = spawn(program!, args, {stdio: 'inherit', env: {...process.env, ...cloud.env}})
    child.once('error', error => {
      const problem = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'command not found' : error.message
      complain(`${program}: ${problem}`)
      resolve(NOT_FOUND)
    })
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal!]))
    child.once('close', () => {
      for (const signal of SIGNALS) process.off(signal, forward)
    })
  })
}
