import type {Source} from '../core/index.ts'
import {columnsAbove, type DoFn, deadLetter, silentLogger, stageOf} from '../core/index.ts'
import {readFromCsv} from '../io/csv/index.ts'
import {readFromJson} from '../io/json/index.ts'
import {writeToStdout} from '../io/stdio/index.ts'
import {readFromText} from '../io/text/index.ts'
import {type PCollection, Pipeline, type PipelineRun} from '../pipeline/index.ts'
import {writeToBigQuery} from '../sinks/index.ts'
import {map} from '../transforms/index.ts'
import {castFields} from './casts.ts'
import {complaint, EXIT, reportError, reportFailure, signalCode} from './exit.ts'
import {fileTarget} from './file-target.ts'
import {type CsvDialect, fieldsOf, lineMaker} from './output-lines.ts'
import type {PipeFlags, StepFlag} from './pipe-flags.ts'
import {checkPipeFlags, type PipeSettings} from './pipe-settings.ts'
import {makeSteps, type PipeStep, REJECTS} from './pipe-steps.ts'
import {Progress, wantsProgress} from './progress.ts'
import {RejectLog} from './reject-log.ts'
import {reorderIn} from './reject-order.ts'
import {RejectSink} from './reject-sink.ts'
import {drainOnSignals} from './signals.ts'

type Records = PCollection<unknown, {[tag: string]: unknown}>
type Input = Source<unknown, {[tag: string]: unknown}>

/** Runs `sluice pipe`; returns its exit code. */
export async function pipe(flags: PipeFlags, stepFlags: readonly StepFlag[]): Promise<number> {
  const progress = new Progress()
  if (wantsProgress(flags)) await progress.open()
  const p = new Pipeline({name: 'pipe', logger: flags.quiet ? silentLogger : progress.logger})
  let log: RejectLog
  let input: Input
  try {
    const settings = checkPipeFlags(flags)
    log = new RejectLog(flags.rejects, settings.maxRejects, reorderIn(inputDialect(settings), settings.csv))
    const steps = await makeSteps(stepFlags, flags.concurrency, () => input.endEarly())
    input = inputOf(settings)
    new Builder(p, settings, log).build(input, steps, flags)
  } catch (error) {
    return reportError(error)
  }
  const output = watchOutput(input)
  const run = p.run()
  // not at once: what was read together with the record that was one too many goes on
  log.onTooMany = () => void setImmediate(() => run.drain({deadline: flags.drainDeadline}))
  progress.show(() => progressText(run, log))
  return await watch(run, log, flags, output, progress)
}

/** Follows a run to its end; returns the exit code. */
async function watch(
  run: PipelineRun,
  log: RejectLog,
  flags: PipeFlags,
  output: {closed: boolean},
  progress: Progress,
): Promise<number> {
  const tell = (message: string) => progress.say(complaint(message))
  const signals = drainOnSignals(run, flags.drainDeadline, flags.quiet ? undefined : tell)
  let failure: unknown
  await run.catch(error => {
    failure = error
  })
  progress.stop()
  signals.forget()
  const read = recordsRead(run)
  log.report(read)
  const failed = failure === undefined ? EXIT.done : reportFailure(failure)
  if (log.tooManyOf(read)) return EXIT.rejects
  if (failed !== EXIT.done && !signals.signal) return failed
  if (signals.signal) return signalCode(signals.signal)
  return output.closed ? EXIT.closedPipe : EXIT.done
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
 * Ends the input when the reader of standard output has gone. The sink alone would not: what is set aside goes elsewhere.
 * Other errors of standard output are the sink's business.
 */
function watchOutput(input: Input): {closed: boolean} {
  const output = {closed: false}
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') return
    output.closed = true
    input.endEarly()
  })
  return output
}

function inputOf(settings: PipeSettings): Input {
  const {from, csv, casts, numbers} = settings
  const input = settings.input ?? process.stdin
  const options = {name: 'Read', rejects: true} as const
  const source =
    from === 'text'
      ? readFromText(input, options)
      : from === 'jsonl'
        ? readFromJson(input, {...options, numbers})
        : readFromCsv(input, {
            ...csv,
            ...options,
            delimiter: inputDialect(settings).delimiter,
            ...(Object.keys(casts).length > 0 && {cast: casts}),
          })
  source.keepRecords()
  return source as unknown as Input
}

function inputDialect({from, csv}: PipeSettings): CsvDialect {
  return dialectOf(from, csv)
}

function dialectOf(format: string, csv: PipeSettings['csv']): CsvDialect {
  const {delimiter = format === 'tsv' ? '\t' : ',', quote = '"', header} = csv
  return {delimiter, quote, escape: quote === null ? null : (csv.escape ?? quote), header: header !== false}
}

/** Puts the steps into a pipeline, each with a sink for what it sets aside. */
class Builder {
  readonly #p: Pipeline
  readonly #settings: PipeSettings
  readonly #log: RejectLog
  readonly #names = new Set<string>()

  constructor(p: Pipeline, settings: PipeSettings, log: RejectLog) {
    this.#p = p
    this.#settings = settings
    this.#log = log
  }

  build(input: Input, steps: readonly PipeStep[], {schema, overwrite = false}: PipeFlags): void {
    const {from, casts, to} = this.#settings
    let records = this.#p.apply(this.#name('Read'), input as never) as Records
    this.#setAside(records, 'Read')
    if (from === 'jsonl' && Object.keys(casts).length > 0)
      records = this.#step(records, {name: 'cast', stage: asStage(map(castRecord, REJECTING))})
    function castRecord(record: unknown) {
      return castFields(casts, fieldsOf(record))
    }
    for (const step of steps) records = this.#step(records, step)
    if ('table' in to) {
      const deadLetter = new RejectSink(this.#log, 'Write', REJECTS)
      records.apply('Write', writeToBigQuery({table: to.table, deadLetter, ...(schema && {schema})}) as never)
      return
    }
    const order = () => columnsAbove(stageOf(format)!)
    const line = lineMaker(to.format, dialectOf(to.format, this.#settings.csv), order)
    const format = asStage(map(line, REJECTING))
    records = this.#step(records, {name: 'Format', stage: format})
    const sink = to.file === undefined ? writeToStdout({format: 'text'}) : fileTarget(to, overwrite)
    records.apply('Write', sink as never)
  }

  #step(records: Records, {name, stage}: PipeStep): Records {
    const unique = this.#name(name)
    const made = records.apply(unique, stage as never) as unknown as Records
    // an instance may have tags of its own that must be read
    for (const tag of new Set([REJECTS, ...stage.outputs.required])) this.#setAside(made, unique, tag)
    return made
  }

  #setAside(records: Records, step: string, tag = REJECTS): void {
    const sink = new RejectSink(this.#log, step, tag)
    records.tagged(tag).apply(this.#name(`${step} ${tag}`), sink as never)
  }

  #name(base: string): string {
    let name = base
    for (let n = 2; this.#names.has(name); n++) name = `${base} ${n}`
    this.#names.add(name)
    return name
  }
}

const REJECTING = {onError: deadLetter(REJECTS)}

function asStage(stage: unknown): PipeStep['stage'] {
  return stage as DoFn<unknown, unknown, {[tag: string]: unknown}>
}
