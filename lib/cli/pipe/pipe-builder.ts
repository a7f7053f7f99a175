import {columnsAbove, type DoFn, deadLetter, OUTPUTS, stageOf} from '../../core/index.ts'
import type {PCollection, Pipeline} from '../../pipeline/index.ts'
import {map} from '../../transforms/index.ts'
import {castStep} from './fields-step.ts'
import {LimitGate} from './limit-gate.ts'
import {LimitStep} from './limit-step.ts'
import type {OutputLines} from './output-lines.ts'
import type {PipeFlags} from './pipe-flags.ts'
import type {PipeInput} from './pipe-input.ts'
import type {PipeSettings} from './pipe-settings.ts'
import type {PipeStep} from './pipe-step.ts'
import {REJECTS} from './pipe-steps.ts'
import type {RejectLog} from './rejects/reject-log.ts'
import {RejectSink} from './rejects/reject-sink.ts'

type Records = PCollection<unknown, {[tag: string]: unknown}>

const REJECTING = {onError: deadLetter(REJECTS)}

/** Builds the pipeline: the steps, each with a sink for its rejects. */
export class PipeBuilder {
  readonly #p: Pipeline
  readonly #settings: PipeSettings
  readonly #log: RejectLog
  readonly #names = new Set<string>()
  /** The step that turns records into lines. */
  #format: PipeStep['stage'] | undefined
  /** Where steps before a limit put their rejects. */
  #rejects: Pick<RejectLog, 'add'>

  constructor(p: Pipeline, settings: PipeSettings, log: RejectLog) {
    this.#p = p
    this.#settings = settings
    this.#log = this.#rejects = log
  }

  /** The columns of the output in order, as far as the steps know them. */
  columnsWritten(): readonly string[] | undefined {
    return this.#format && columnsAbove(stageOf(this.#format)!)
  }

  /**
   * @param end the lines after those of the last record, for a file
   * @returns the gate between the steps and the log, if there is a limit
   */
  async build(
    {source}: PipeInput,
    steps: readonly PipeStep[],
    {schema, overwrite = false}: PipeFlags,
    output: OutputLines | undefined,
    end: () => readonly string[],
  ): Promise<LimitGate | undefined> {
    const {from, casts, to} = this.#settings
    const lastLimit = steps.findLastIndex(({stage}) => stage instanceof LimitStep)
    const gate = lastLimit < 0 ? undefined : new LimitGate(this.#log)
    if (gate) this.#rejects = gate
    let records = this.#p.apply(this.#name('Read'), source as never) as Records
    this.#setAside(records, 'Read')
    if ((from === 'jsonl' || from === 'json') && Object.keys(casts.fields).length > 0)
      records = this.#step(records, {name: 'cast', stage: asStage(castStep(casts, REJECTING as never))})
    for (const [i, step] of steps.entries()) {
      if (gate && step.stage instanceof LimitStep) step.stage.tell(gate)
      if (i === lastLimit) this.#rejects = this.#log
      records = this.#step(records, step)
    }
    if ('table' in to) {
      const {writeToBigQuery} = await import('../../dead-letters/index.ts')
      const dead = new RejectSink(this.#log, 'Write', REJECTS)
      records.apply('Write', writeToBigQuery({table: to.table, deadLetter: dead, ...(schema && {schema})}) as never)
      return gate
    }
    this.#format = asStage(map((value: unknown) => output!.line(value), REJECTING))
    records = this.#step(records, {name: 'Format', stage: this.#format})
    records.apply('Write', (await this.#target(to, overwrite, end)) as never)
    return gate
  }

  async #target(to: Exclude<PipeSettings['to'], {table: string}>, overwrite: boolean, end: () => readonly string[]) {
    if (to.file !== undefined) {
      const {fileTarget} = await import('./file-target.ts')
      return fileTarget(to, overwrite, end)
    }
    const {writeToStdout} = await import('../../io/stdio/index.ts')
    return writeToStdout({format: 'text'})
  }

  #step(records: Records, {name, stage}: PipeStep): Records {
    const unique = this.#name(name)
    const made = records.apply(unique, stage as never) as unknown as Records
    // a DoFn instance may have required tags of its own
    for (const tag of new Set([REJECTS, ...stage[OUTPUTS].outlet.required])) this.#setAside(made, unique, tag)
    return made
  }

  #setAside(records: Records, step: string, tag = REJECTS): void {
    const sink = new RejectSink(this.#rejects, step, tag)
    records.tagged(tag).apply(this.#name(`${step} ${tag}`), sink as never)
  }

  #name(base: string): string {
    let name = base
    for (let n = 2; this.#names.has(name); n++) name = `${base} ${n}`
    this.#names.add(name)
    return name
  }
}

function asStage(stage: unknown): PipeStep['stage'] {
  return stage as DoFn<unknown, unknown, {[tag: string]: unknown}>
}
