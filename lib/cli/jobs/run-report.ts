import {type Logger, silentLogger} from '../../core/index.ts'
import {messageOf, SluiceError} from '../../errors/index.ts'
import {openLogger, progressText} from '../../monitor/index.ts'
import {type PipelineRun, type StepMetrics, summaryText} from '../../pipeline/index.ts'
import {printableLine} from '../../util/index.ts'
import {complain, complaint} from '../report/exit.ts'
import {failureFacts, failureText} from '../report/failure.ts'
import {Progress, wantsProgress} from '../report/progress.ts'

/** Flags that control what is reported. */
export interface ReportFlags {
  progress?: boolean
  quiet?: boolean
  json?: boolean
  log?: 'json' | 'pretty'
  elements: boolean
}

/** Reports a run on standard error, from its target to its summary. */
export interface RunReport {
  readonly logger: Logger
  target(text: string): void
  /** Reports something else to know before anything is read. */
  note(text: string): void
  /** @param output true if the job writes to standard output */
  begin(run: PipelineRun, output: boolean): void
  /** Writes a message for the person at the terminal; undefined if nobody is there. */
  readonly tell: ((message: string) => void) | undefined
  end(steps: readonly StepMetrics[], durationMs: number): void
  /** @param madeAt the stack of where the failed step was constructed */
  failed(error: unknown, madeAt: string | undefined): void
}

/** Opens the kind of report that the flags ask for. */
export async function openReport(flags: ReportFlags): Promise<RunReport> {
  if (flags.log !== undefined) return loggedReport(flags)
  const progress = new Progress()
  // loaded now: while exiting it would be too late
  if (wantsProgress(flags, false)) await progress.open()
  return flags.quiet ? quietReport(flags) : new PlainReport(flags, progress)
}

function quietReport({elements}: ReportFlags): RunReport {
  return {
    logger: silentLogger,
    target() {},
    note() {},
    begin() {},
    tell: undefined,
    end() {},
    failed: (error, madeAt) => complain(failureText(error, {elements, madeAt})),
  }
}

async function loggedReport(flags: ReportFlags): Promise<RunReport> {
  const {log = 'json', elements} = flags
  const level = flags.quiet ? 'error' : 'info'
  const logger = await openLogger({format: log, elements, level, colors: hasColors()})
  return {
    logger,
    target: text => logger.info(`target: ${text}`),
    note: text => logger.info(text),
    begin() {},
    tell: undefined,
    end: (steps, durationMs) => logger.info('the run has ended', {durationMs, steps}),
    failed: (error, madeAt) => {
      // the logger shortens or omits the element
      const {element} = error instanceof SluiceError ? error : {}
      logger.error(messageOf(error), {...failureFacts(error, {madeAt}), element})
    },
  }
}

/** A report for people to read. */
class PlainReport implements RunReport {
  readonly logger: Logger
  readonly #flags: ReportFlags
  readonly #progress: Progress

  constructor(flags: ReportFlags, progress: Progress) {
    this.#flags = flags
    this.#progress = progress
    this.logger = progress.logger
  }

  target(text: string): void {
    process.stderr.write(`target: ${printableLine(text)}\n`)
  }

  note(text: string): void {
    process.stderr.write(`${printableLine(text)}\n`)
  }

  begin(run: PipelineRun, output: boolean): void {
    if (!wantsProgress(this.#flags, output)) return
    const from = performance.now()
    const colors = hasColors()
    this.#progress.show(() => {
      const {columns} = process.stderr
      const options = {elapsedMs: performance.now() - from, colors, ...(columns !== undefined && {columns})}
      // listing the stages inside steps would take too many lines
      return progressText(
        run.metrics().filter(({name}) => !name.includes('/')),
        options,
      )
    })
  }

  tell = (message: string): void => this.#progress.say(complaint(message))

  end(steps: readonly StepMetrics[], durationMs: number): void {
    this.#progress.stop()
    if (steps.length > 0 && !this.#flags.json) process.stderr.write(`${summaryText(steps, durationMs)}\n`)
  }

  failed(error: unknown, madeAt: string | undefined): void {
    complain(failureText(error, {elements: this.#flags.elements, madeAt}))
  }
}

/** Whether standard error supports colours; NO_COLOR and the like are respected. */
function hasColors(): boolean {
  return process.stderr.isTTY === true && process.stderr.hasColors()
}
