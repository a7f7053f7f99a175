import {CommanderError} from 'commander'
import type {StageInfo} from '../../core/index.ts'
import type {LocalCloud} from '../../emulators/index.ts'
import {messageOf, SluiceError} from '../../errors/index.ts'
import type {Job, Pipeline} from '../../pipeline/index.ts'
import {printableJson} from '../../util/index.ts'
import {EXIT, failureCode, reportError, signalCode, startCode} from '../report/exit.ts'
import {failureFacts} from '../report/failure.ts'
import {drainOnSignals} from '../report/signals.ts'
import {readJobArgs} from './job-args.ts'
import {runOptions} from './job-flags.ts'
import {openReport, type ReportFlags, type RunReport} from './run-report.ts'
import {targetText} from './target.ts'

interface RunFlags extends ReportFlags {
  local?: string | true
  dryRun?: boolean
  concurrency?: number
  checkpoint?: string
  drainDeadline: number
}

/** Runs `sluice run`; returns its exit code. */
export async function runJob(args: readonly string[]): Promise<number> {
  let cloud: LocalCloud | undefined
  try {
    const {job, flags, texts} = await readJobArgs<RunFlags>(runOptions(), args)
    const options = job.parse(texts)
    const report = await openReport(flags)
    if (flags.local !== undefined && !flags.dryRun) cloud = await startLocal(flags.local)
    const {concurrency, elements} = flags
    const settings = {logger: report.logger, elements, ...(concurrency !== undefined && {concurrency})}
    const p = job.pipeline(options, settings)
    const stages = p.connected()
    if (flags.local !== undefined && flags.dryRun) report.target(localText(flags.local))
    else report.target(targetText(stages, cloud?.dir))
    if (cloud) await makeResources(cloud, stages, report)
    if (flags.dryRun) return dryRun(p, shownOptions(job, options, texts), flags)
    return await follow(p, flags, report)
  } catch (error) {
    return await notStarted(error, args)
  } finally {
    await cloud?.close()
  }
}

/**
 * Reports why nothing was read, in the requested form; returns the exit code. If the job cannot be loaded, flags are not parsed
 * yet, so the raw arguments decide the form.
 */
async function notStarted(error: unknown, args: readonly string[]): Promise<number> {
  if (error instanceof CommanderError) return reportError(error)
  if (args.includes('--json')) {
    const facts = {state: 'failed', error: {...failureFacts(error), message: messageOf(error)}}
    process.stdout.write(`${printableJson(JSON.stringify(facts, null, 2))}\n`)
  }
  const log = /(?:^| )--log[ =](json|pretty)(?: |$)/.exec(args.join(' '))?.[1] as ReportFlags['log']
  if (log === undefined) return reportError(error)
  const report = await openReport({log, elements: false})
  report.failed(error, undefined)
  return startCode(error)
}

async function startLocal(dir: string | true): Promise<LocalCloud> {
  const {startLocalCloud} = await import('../../emulators/index.ts')
  const cloud = await startLocalCloud(dir === true ? {} : {dir})
  Object.assign(process.env, cloud.env)
  return cloud
}

/** A job expects its buckets and datasets to exist: in a local cloud they are created, so that it runs unchanged. */
async function makeResources(cloud: LocalCloud, stages: Iterable<StageInfo>, report: RunReport): Promise<void> {
  const resources = [...stages].flatMap(stage => (stage.target?.()?.explicit ? [] : (stage.resources?.() ?? [])))
  if (resources.length === 0) return
  const {createResources} = await import('../local/local-resources.ts')
  const made = await createResources(cloud, resources)
  if (made.length > 0) report.note(`made, since the job names it: ${made.join(', ')}`)
}

function localText(dir: string | true): string {
  return `local, ${dir === true ? 'a temporary folder' : dir}`
}

/** The options to print. Values from the environment are shown by the variable's name: they may be secrets. */
function shownOptions(job: Job, options: object, texts: object): Record<string, unknown> {
  const shown = Object.entries(options).map(([name, value]) => {
    const {env} = job.options[name] ?? {}
    const secret = env !== undefined && process.env[env] && !Object.hasOwn(texts, name)
    return [name, secret ? `$${env}` : value]
  })
  return Object.fromEntries(shown)
}

function dryRun(p: Pipeline, options: Record<string, unknown>, {json}: RunFlags): number {
  const graph = p.graph()
  if (json) process.stdout.write(`${printableJson(JSON.stringify({job: p.name, options, graph}, null, 2))}\n`)
  else {
    process.stdout.write(p.graph('text'))
    const lines = Object.entries(options).map(
      ([name, value]) => `  ${name} = ${printableJson(JSON.stringify(value) ?? 'not given')}\n`,
    )
    process.stdout.write(`options${lines.length > 0 ? '' : ': none'}\n${lines.join('')}`)
  }
  return EXIT.done
}

/** Runs the pipeline to its end; returns the exit code. */
async function follow(p: Pipeline, flags: RunFlags, report: RunReport): Promise<number> {
  const startedAt = new Date()
  const from = performance.now()
  const {checkpoint} = flags
  const run = p.run(checkpoint === undefined ? {} : {checkpoint})
  const signals = drainOnSignals(run, flags.drainDeadline, report.tell)
  report.begin(
    run,
    p.graph().steps.some(({type}) => type === 'StdoutSink'),
  )
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
  signals.forget()
  const steps = run.metrics()
  const durationMs = performance.now() - from
  report.end(steps, durationMs)
  const {elements} = flags
  const madeAt = failure instanceof SluiceError && failure.stage !== undefined ? p.madeAt(failure.stage) : undefined
  const error =
    failure === undefined ? {} : {error: {...failureFacts(failure, {elements, madeAt}), message: messageOf(failure)}}
  const facts = {job: p.name, state: run.state, drained, startedAt, durationMs, ...error, steps}
  if (flags.json) process.stdout.write(`${printableJson(JSON.stringify(facts, null, 2))}\n`)
  if (failure !== undefined) {
    report.failed(failure, madeAt)
    return failureCode(failure)
  }
  // a source of messages has no end: being told to stop is how such a run completes
  const endless = steps.some(({kind, extra}) => kind === 'source' && 'outstanding' in extra)
  return drained && signals.signal && !endless ? signalCode(signals.signal) : EXIT.done
}
