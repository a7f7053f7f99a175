import {type ChildProcess, spawn} from 'node:child_process'
import {once} from 'node:events'
import {text} from 'node:stream/consumers'
import {SLUICE} from '../support/command.ts'

/** The command as a shell takes it. */
export const COMMAND = SLUICE
export const SHELL_COMMAND = COMMAND.map(part => `'${part}'`).join(' ')

/** What a command said and how it ended: its exit code, or the signal that killed it. */
export interface Ended {
  code: number | NodeJS.Signals
  out: string
  err: string
}

export function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(COMMAND[0]!, [...COMMAND.slice(1), ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {...process.env, ...env},
  })
}

export async function ended(child: ChildProcess): Promise<Ended> {
  const [out, err, [code, signal]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ])
  return {code: code ?? signal!, out, err}
}

/** Runs `sluice` with these arguments and this input. */
export function sluice(
  args: readonly string[],
  input: string | Buffer = '',
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = start(args, env)
  child.stdin!.on('error', () => {})
  child.stdin!.end(input)
  return ended(child)
}

/** Runs a line of shell in which `sluice` is the command. */
export function shell(line: string): Promise<Ended> {
  const script = `sluice() { ${SHELL_COMMAND} "$@"; }\n${line}`
  return ended(spawn('bash', ['-c', script], {stdio: ['ignore', 'pipe', 'pipe']}))
}
