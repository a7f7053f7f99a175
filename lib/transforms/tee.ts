import {finished, type Writable} from 'node:stream'
import {
  CALL_KIND,
  type CallKind,
  DoFn,
  type Done,
  freeze,
  OUTPUTS,
  type ProcessContext,
  type ProcessResult,
  STAGE_OPTION_NAMES,
  type StageOptions,
  stageDescriptor,
  stageOf,
  type types,
} from '../core/index.ts'
import {badOption, checkOptionNames, wrapError} from '../errors/index.ts'

/** A branch of tee(): a sink, the first stage of a connected chain, or any other Writable. */
export type TeeBranch<I> = Writable & {readonly [types]?: {in: (x: I) => void} | undefined}

class Tee<I> extends DoFn<I, I, Record<string, unknown>> {
  static override readonly name = 'tee'
  readonly #names: readonly string[]
  /** Foreign streams, for which the stage itself waits. */
  readonly #foreign: Promise<void>[] = []

  constructor(branches: Readonly<Record<string, Writable>>, options: StageOptions | undefined) {
    super(options, stageDescriptor({total: true}))
    this.#names = Object.keys(branches)
    for (const [name, branch] of Object.entries(branches)) this.#connect(name, branch)
  }

  #connect(name: string, branch: Writable): void {
    // before pipe(), whose own listener would not name the branch
    const done = new Promise<void>(resolve =>
      finished(branch, {readable: false}, error => {
        if (error) this.#branchFailed(name, error)
        else resolve()
      }),
    )
    if (!stageOf(branch)) this.#foreign.push(done)
    this[OUTPUTS].claim<I>(name).pipe(branch)
  }

  #branchFailed(name: string, error: Error): void {
    const stage = this.info.name
    this.destroy(wrapError('ERR_SLUICE_SINK', m => `${stage}: branch '${name}' failed: ${m}`, error, {stage}))
  }

  override get [CALL_KIND](): CallKind {
    return 'tap'
  }

  override process(element: I, context: ProcessContext<Record<string, unknown>>): ProcessResult<I> {
    freeze(element)
    for (const name of this.#names) context.emit(name, element)
  }

  override _flush(done: Done): void {
    super._flush(error => {
      if (error) done(error)
      else void Promise.all(this.#foreign).then(() => done())
    })
  }
}

/**
 * A DoFn that passes elements on and also writes each of them to every branch.
 *
 * It ends after its branches have finished; a branch that fails makes it fail, and its own failure destroys its branches. A slow
 * branch holds back the others. Elements are frozen (shallow), since several stages share them: to change one, change a copy,
 * `map(r => ({...r}))`. Elements keep their ids on the main output; on a branch, ids end with the name of the branch.
 *
 * @param branches streams that nothing else writes to; or an object of them, whose keys name them in metrics, reports and
 *   ids (otherwise '0', '1', …)
 * @param options `name`, `highWaterMark`, `signal`, `logger`
 * @throws {SluiceError} `ERR_SLUICE_OPTION` at construction
 *
 * @example
 * await chain(readFromJson<{id: string}>('rows.jsonl'), tee<{id: string}>(writeToStdout()), writeToBigQuery({table: 'd.t'}))
 * await chain(readFromJson<{id: string}>('rows.jsonl'), tee({audit: writeToJson('audit')}, {name: 'Copy'}), writeToBigQuery({table: 'd.t'}))
 */
export function tee<I>(branches: Readonly<Record<string, TeeBranch<I>>>, options?: StageOptions): DoFn<I, I>
export function tee<I>(...branches: TeeBranch<I>[]): DoFn<I, I>
export function tee<I>(...args: unknown[]): DoFn<I, I> {
  const [first, options] = args
  const named = typeof first === 'object' && first !== null && !isWritable(first)
  const branches: Record<string, Writable> = named
    ? (first as Record<string, Writable>)
    : Object.fromEntries((args as Writable[]).entries())
  const where = (named && (options as StageOptions | undefined)?.name) || 'tee'
  if (named) checkOptionNames(where, options as StageOptions | undefined, STAGE_OPTION_NAMES)
  const streams = Object.values(branches)
  if (streams.length === 0) throw badOption(where, 'branches', branches, 'at least one sink or other Writable')
  for (const [name, stream] of Object.entries(branches))
    if (!isWritable(stream)) throw badOption(where, `branches.${name}`, stream, 'a sink or another Writable')
  if (new Set(streams).size < streams.length)
    throw badOption(
      where,
      'branches',
      Object.keys(branches),
      'each stream once: a second branch needs a stream of its own',
    )
  return new Tee<I>(branches, named ? (options as StageOptions) : undefined) as unknown as DoFn<I, I>
}

function isWritable(value: unknown): value is Writable {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Writable>).write === 'function'
}
