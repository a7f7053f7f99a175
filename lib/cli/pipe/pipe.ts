import {silentLogger} from '../../core/index.ts'
import {show} from '../../errors/index.ts'
import {Pipeline, type PipelineRun} from '../../pipeline/index.ts'
import {complain, complaint, EXIT, failureCode, reportError, signalCode} from '../report/exit.ts'
import {failureText} from '../report/failure.ts'
import {Progress, wantsProgress} from '../report/progress.ts'
import {shellWords} from '../report/shell-words.ts'
import {drainOnSignals} from '../report/signals.ts'
import type {LimitGate} from './limit-gate.ts'
import {type OutputLines, outputLines} from './output-lines.ts'
import {PipeBuilder} from './pipe-builder.ts'
import {columnsBehind} from './pipe-columns.ts'
import type {PipeFlags, StepFlag} from './pipe-flags.ts'
import {dialectOf, inputDialect, type PipeInput, pipeInput} from './pipe-input.ts'
import {checkPipeFlags, type PipeSettings} from './pipe-settings.ts'
import {makeSteps, REJECTS} from './pipe-steps.ts'
import {type Format, STANDARD} from './record-formats.ts'
import {RejectLog} from './rejects/reject-log.ts'
import {reorderIn} from './rejects/reject-order.ts'

/** The parts of a run that are needed until its end. */
interface Running {
  readonly flags: PipeFlags
  readonly settings: PipeSettings
  readonly input: PipeInput
  readonly log: RejectLog
  readonly gate: LimitGate | undefined
  readonly output: OutputLines | undefined
  /** The lines after those of the last record. */
  readonly end: () => readonly string[]
  readonly progress: Progress
}

/** Runs `sluice pipe`; returns its exit code. */
export async function pipe(
  files: readonly string[],
  flags: PipeFlags,
  stepFlags: readonly StepFlag[],
): Promise<number> {
  const progress = new Progress()
  const p = new Pipeline({name: 'pipe', logger: flags.quiet ? silentLogger : progress.logger})
  let running: Running
  try {
    const settings = checkPipeFlags(files, flags)
    const log = new RejectLog(flags.rejects, settings.maxRejects, reorderIn(inputDialect(settings), settings.csv))
    const input = await pipeInput(settings)
    const {to} = settings
    const builder = new PipeBuilder(p, settings, log)
    const dialect = 'table' in to ? undefined : dialectOf(to.format, settings.csv)
    const output = dialect && outputLines((to as {format: Format}).format, dialect, () => builder.columnsWritten())
    const end = () => output?.end(columnsBehind(stepFlags, input.columns())) ?? []
    const steps = await makeSteps(stepFlags, settings, flags.concurrency, () => input.source.endEarly())
    const gate = await builder.build(input, steps, flags, output, end)
    running = {flags, settings, input, log, gate, output, end, progress}
  } catch (error) {
    return reportError(error)
  }
  if (wantsProgress(flags, isStdout(running.settings))) await progress.open()
  return await follow(p, running)
}

/** Follows a run to its end; returns the exit code. */
async function follow(p: Pipeline, running: Running): Promise<number> {
  const {flags, settings, input, log, gate, progress} = running
  const tell = (message: string) => progress.say(complaint(message))
  if (!flags.quiet && settings.input.includes(STANDARD) && process.stdin.isTTY)
    tell('reading from the terminal until Ctrl-D; to read files, name them: sluice pipe FILE...')
  const reader = watchReader(input)
  const run = p.run()
  // deferred, so that what was read together with the record that was one too many still passes
  log.onTooMany = () => void setImmediate(() => run.drain({deadline: flags.drainDeadline}))
  progress.show(() => progressText(run, log))
  const signals = drainOnSignals(run, flags.drainDeadline, flags.quiet ? undefined : tell)
  let failure: unknown
  await run.catch(error => {
    failure = error ?? new Error(String(error))
  })
  await gate?.ended().catch(error => {
    failure ??= error
  })
  progress.stop()
  signals.forget()
  if (!reader.closed) writeEnd(running, failure !== undefined)
  const read = recordsRead(run)
  log.report(read)
  if (failure !== undefined) complain(shellWords(failureText(failure)))
  if (log.tooManyOf(read)) return EXIT.rejects
  if (failure !== undefined && !signals.signal) return failureCode(failure)
  if (signals.signal) return signalCode(signals.signal)
  return reader.closed ? EXIT.closedPipe : EXIT.done
}

/** Writes the end of standard output (after a failure, only what closes the array) and reports unknown columns. */
function writeEnd({flags, settings, input, output, end}: Running, failed: boolean): void {
  const {casts, to} = settings
  if (isStdout(settings) && output && (output.begun || !failed)) {
    const lines = end()
    if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`)
  }
  if (failed || flags.quiet) return
  const header = 'format' in to && (to.format === 'csv' || to.format === 'tsv') && flags.csvHeader
  if (header && !output!.begun && end().length === 0)
    complain('no record was written, and no header either, since the columns are unknown; name them: --select a,b')
  const columns = casts.auto ? input.columns() : undefined
  for (const field of columns ? Object.keys(casts.fields) : [])
    if (!columns!.includes(field))
      complain(`--cast: no file has the column ${show(field)}; the columns are ${columns!.join(', ')}`)
}

function isStdout({to}: PipeSettings): boolean {
  return 'format' in to && to.file === undefined
}

function recordsRead(run: PipelineRun): number {
  const [reader] = run.metrics()
  return reader ? reader.out + (reader.tagged[REJECTS] ?? 0) : 0
}

function progressText(run: PipelineRun, log: RejectLog): string {
  const steps = run.metrics()
  const rate = Math.round(steps[0]?.outPerSecond ?? 0)
  const written = steps.findLast(({kind, name}) => kind === 'sink' && name === 'Write')?.in ?? 0
  return `${recordsRead(run)} read, ${written} written, ${log.count} set aside, ${rate}/s`
}

/**
 * Ends the input when the reader of standard output has gone. The sink alone would not, because rejects go elsewhere. All other
 * errors of standard output are left to the sink.
 */
function watchReader({source}: PipeInput): {closed: boolean} {
  const reader = {closed: false}
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') return
    reader.closed = true
    source.endEarly()
  })
  return reader
}
