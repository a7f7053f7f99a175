import {type Command, Option} from 'commander'
import {isJob, type Job, type JobOptionSpec} from '../../pipeline/index.ts'
import {COMMANDER_OUTPUT, UsageError} from '../report/exit.ts'
import {loadModule} from './load-module.ts'

/** A job and its command line. */
interface JobCall<Flags> {
  readonly job: Job
  /** Flags of the command itself. */
  readonly flags: Flags
  /** The job's options, as written on the command line. */
  readonly texts: Readonly<Record<string, string | boolean>>
}

/**
 * Loads the job that `args` name and parses its options and the command's own. For `--help` it prints the help and throws
 * commander's own error.
 *
 * @param command has the options common to all jobs
 */
export async function readJobArgs<Flags>(command: Command, args: readonly string[]): Promise<JobCall<Flags>> {
  const name = command.configureOutput(COMMANDER_OUTPUT).name()
  const at = args.findIndex((arg, i) => !arg.startsWith('-') && !takesValue(command, args[i - 1]))
  const path = args[at]
  if (path === undefined) {
    command.usage('JOB [options]').exitOverride()
    command.description('JOB is a .ts or .js file that default-exports defineJob({…}).')
    if (args.some(arg => arg === '--help' || arg === '-h')) command.parse([...args], {from: 'user'})
    throw new UsageError(`name the job module: ${name} job.ts`)
  }
  const {default: job} = await loadModule(path)
  if (!isJob(job)) throw new UsageError(`${path} is not a job module; it needs \`export default defineJob({…})\``)
  const own = addOptions(command, job)
  command.usage(`${path} [options]`).exitOverride()
  if (job.description !== undefined) command.description(job.description)
  command.parse([...args.slice(0, at), ...args.slice(at + 1)], {from: 'user'})
  const given = Object.entries(command.opts<Record<string, string | boolean>>())
  return {
    job,
    flags: Object.fromEntries(given.filter(([option]) => !own.has(option))) as Flags,
    texts: Object.fromEntries(given.filter(([option]) => own.has(option))),
  }
}

function takesValue(command: Command, arg: string | undefined): boolean {
  return command.options.some(option => option.long === arg && option.required)
}

/** Adds the job's options as flags; returns their names. */
function addOptions(command: Command, job: Job): Set<string> {
  const own = new Set(Object.keys(job.options))
  for (const [name, spec] of Object.entries(job.options)) {
    const flag = `--${kebab(name)}`
    if (command.options.some(option => option.long === flag || option.long === `--no-${kebab(name)}`))
      throw new UsageError(`${job.name}: its option \`${name}\` and ${command.name()}'s own ${flag} collide; rename it`)
    const value = spec.type === 'boolean' ? '' : ` <${spec.type}>`
    const option = new Option(`${flag}${value}`, helpOf(spec))
    command.addOption(option)
    if (spec.type === 'boolean' && spec.default === true)
      command.addOption(new Option(`--no-${kebab(name)}`, 'turns that off').default(undefined))
  }
  return own
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
}

function helpOf(spec: JobOptionSpec): string {
  const values = spec.type === 'enum' ? `one of ${spec.values.join(', ')}` : ''
  const facts = [
    ...(spec.required ? ['required'] : []),
    ...(spec.default === undefined ? [] : [`default: ${spec.default}`]),
    ...(spec.env === undefined ? [] : [`env: ${spec.env}`]),
  ]
  const text = [spec.help ?? '', values].filter(Boolean).join('; ')
  return `${text}${facts.length > 0 ? `${text ? ' ' : ''}(${facts.join(', ')})` : ''}`
}
