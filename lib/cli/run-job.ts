import {Command} from 'commander'
import {silentLogger} from '../core/index.ts'
import type {LocalCloud} from '../emulators/index.ts'
import {messageOf, SluiceError} from '../errors/index.ts'
import {type Job, type Pipeline, type PipelineRun, summaryText} from '../pipeline/index.ts'
import {EXIT, reportError, reportFailure, signalCode} from './exit.ts'
import {readJobArgs} from './job-args.ts'
import {drainOption} from './pipe-flags.ts'
import {Progress, wantsProgress} from './progress.ts'
import {drainOnSignals} from './signals.ts'

interface RunFlags {
  local?: string | true
  dryRun?: boolean
  json?: boolean
  drainDeadline: number
  progress?: boolean
  quiet?: boolean
}

/** Runs `sluice run`; returns its exit code. */
export async function runJob(args: readonly string[]): Promise<number> {
  let cloud: LocalCloud | undefined
  try {
    const {job, flags, texts} = await readJobArgs<RunFlags>(ownOptions(), args)
    const options = job.parse(texts)
    if (flags.local !== undefined && !flags.dryRun) {
      const {startLocalCloud} = await import('../emulators/index.ts')
      cloud = await startLocalCloud(flags.local === true ? {} : {dir: flags.local})
      Object.assign(process.env, cloud.env)
    }
    if (!flags.quiet) process.stderr.write(`target: ${targetOf(flags, cloud)}\n`)
    const p = job.pipeline(options, flags.quiet ? {logger: silentLogger} : {})
    if (flags.dryRun) return dryRun(job, p, options, flags)
    return await follow(p, flags)
  } catch (error) {
    return reportError(error)
  } finally {
    await cloud?.close()
  }
}

function ownOptions(): Command {
  return new Command('sluice run')
    .option('--local [dir]', 'run against a local cloud, with its data in DIR (default: a temporary folder)')
    .option('--dry-run', 'print the graph and the checked options, and read nothing')
    .option('--json', 'print the result as one JSON document on standard output')
    .addOption(drainOption())
    .option('--progress', 'shows progress on standard error (default: when that is a terminal)')
    .option('--no-progress', 'shows none')
    .option('-q, --quiet', 'no target, progress, warnings and summary')
}

/** Told before anything is read: where the job is going to read and write. */
function targetOf({local, dryRun}: RunFlags, cloud: LocalCloud | undefined): string {
  if (cloud) return `local, ${cloud.dir}`
  if (local !== undefined && dryRun) return `local, ${local === true ? 'a temporary folder' : local}`
  const variables = ['STORAGE_EMULATOR_HOST', 'BIGQUERY_EMULATOR_HOST', 'PUBSUB_EMULATOR_HOST']
  const set = variables.filter(name => process.env[name])
  if (set.length > 0) return `emulators, ${set.map(name => `${name}=${process.env[name]}`).join(' ')}`
  const project = process.env['GOOGLE_CLOUD_PROJECT'] || process.env['GCLOUD_PROJECT']
  return `Google Cloud, ${project ? `project ${project}` : 'the project of the credentials'}`
}

function dryRun(job: Job, p: Pipeline, options: object, {json}: RunFlags): number {
  const graph = p.graph()
  if (json) process.stdout.write(`${JSON.stringify({job: job.name, options, graph}, null, 2)}\n`)
  else {
    process.stdout.write(p.graph('text'))
    const lines = Object.entries(options).map(
      ([name, value]) => `  ${name} = ${JSON.stringify(value) ?? 'not given'}\n`,
    )
    process.stdout.write(`options${lines.length > 0 ? '' : ': none'}\n${lines.join('')}`)
  }
  return EXIT.done
}

/** Runs the pipeline to its end; returns the exit code. */
async function follow(p: Pipeline, flags: RunFlags): Promise<number> {
  const startedAt = new Date()
  const from = performance.now()
  const run = p.run()
  const signals = drainOnSignals(run, flags.drainDeadline, flags.quiet === true)
  const progress = wantsProgress(flags) ? new Progress(() => progressText(run)) : undefined
  let drained = false
  let failure: unknown
  await run.then(
    result => {
      drained = result.drained
    },
    error => {
      failure = error
    },
  )
  progress?.stop()
  signals.forget()
  const steps = run.metrics()
  const durationMs = performance.now() - from
  const error = failure === undefined ? {} : {error: errorFacts(failure)}
  const facts = {job: p.name, state: run.state, drained, startedAt, durationMs, ...error, steps}
  if (flags.json) process.stdout.write(`${JSON.stringify(facts, null, 2)}\n`)
  else if (!flags.quiet && steps.length > 0) process.stderr.write(`${summaryText(steps, durationMs)}\n`)
  if (failure !== undefined) return reportFailure(failure)
  // a source of messages has no end: having been told to stop is how such a run is done
  const endless = steps.some(({kind, extra}) => kind === 'source' && 'outstanding' in extra)
  return drained && signals.signal && !endless ? signalCode(signals.signal) : EXIT.done
}

function errorFacts(error: unknown): object {
  const {code, stage} = error instanceof SluiceError ? error : {}
  return {code, stage, message: messageOf(error)}
}

function progressText(run: PipelineRun): string {
  const steps = run.metrics().filter(({name}) => !name.includes('/'))
  return steps.map(step => `${step.name} ${step.kind === 'sink' ? step.in : step.out}`).join(' > ')
}
