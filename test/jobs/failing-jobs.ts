import type {Transform} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {DoFn, Pipeline, readFromText, type SluiceErrorCode, type Source, writeToBigQuery} from 'sluice'
import type {FaultRule} from 'sluice/emulators'
import {ManualClock} from '../batching/manual-clock.ts'
import {setClock} from './clocks.ts'
import {type Row, SCHEMA, ToRow} from './rows.ts'

/** What user code throws in these jobs. */
export class Boom extends Error {
  override name = 'Boom'
}

/** Where a job can fail. */
type Role = 'Read' | 'Work' | 'Write'

export interface FailingJob {
  title: string
  code: SluiceErrorCode
  role: Role
  /** The element that failed, where one did. */
  element?: unknown
  /** True when user code failed: then its own error is the cause. */
  boom?: boolean
  source?: () => Source<string>
  work?: () => DoFn<string, Row>
  sink?: () => ReturnType<typeof sinkOn>
}

/** What the services do to the objects and tables of these names. */
export const FAULTS: FaultRule[] = [
  {match: {call: 'objects.list', path: 'prefix=forbidden'}, do: {kind: 'status', status: 403, reason: 'forbidden'}},
  {match: {call: 'objects.media', path: 'corrupt.csv'}, do: {kind: 'corrupt', atByte: 500}},
  {match: {call: 'tabledata.insertAll', path: '/malformed/'}, do: {kind: 'status', status: 400, reason: 'invalid'}},
  {
    match: {call: 'tabledata.insertAll', path: '/forbidden/'},
    do: {kind: 'status', status: 403, reason: 'accessDenied'},
  },
  {match: {call: 'tabledata.insertAll', path: '/silent/'}, do: {kind: 'hang'}},
]
/** The tables that must be there. */
export const TABLES = {
  good: SCHEMA,
  malformed: SCHEMA,
  forbidden: SCHEMA,
  silent: SCHEMA,
  strict: 'id:INTEGER,text:INTEGER',
}

const read = (pattern = 'gs://my-bucket/failing/lines.csv') => readFromText(pattern)
const sinkOn = (table: string, options: object = {}) =>
  writeToBigQuery<Row>({table: `my_dataset.${table}`, schema: SCHEMA, createDisposition: 'CREATE_NEVER', ...options})

const now = (): never => {
  throw new Boom('boom')
}
const later = async (): Promise<never> => {
  await new Promise(setImmediate)
  throw new Boom('boom')
}

class Failing extends DoFn<string, Row> {
  readonly #fail: () => never | Promise<never>
  constructor(fail: () => never | Promise<never>) {
    super()
    this.#fail = fail
  }
  process(line: string): Row[] | Promise<never> {
    return line.startsWith('1700,') ? this.#fail() : [{id: 1, text: line}]
  }
}

function hooked(hook: 'setup' | 'startBundle' | 'finishBundle' | 'teardown', fail: () => unknown): ToRow {
  return Object.defineProperty(new ToRow(), hook, {value: fail})
}

const userCode = ([mode, fail]: [string, () => never | Promise<never>]): FailingJob[] => [
  {
    title: `process() of a DoFn, ${mode}`,
    code: 'ERR_SLUICE_PROCESS',
    role: 'Work',
    element: '1700,word1700',
    boom: true,
    work: () => new Failing(fail),
  },
  {
    title: `process() of a DoFn, ${mode}, while a request to BigQuery hangs`,
    code: 'ERR_SLUICE_PROCESS',
    role: 'Work',
    element: '1700,word1700',
    boom: true,
    work: () => new Failing(fail),
    sink: () => sinkOn('silent'),
  },
  {
    title: `setup() of a DoFn, ${mode}`,
    code: 'ERR_SLUICE_SETUP',
    role: 'Work',
    boom: true,
    work: () => hooked('setup', fail),
  },
  {
    title: `startBundle() of a DoFn, ${mode}`,
    code: 'ERR_SLUICE_START_BUNDLE',
    role: 'Work',
    boom: true,
    work: () => hooked('startBundle', fail),
  },
  {
    title: `finishBundle() of a DoFn, ${mode}`,
    code: 'ERR_SLUICE_FINISH_BUNDLE',
    role: 'Work',
    boom: true,
    work: () => hooked('finishBundle', fail),
  },
  {
    title: `teardown() of a DoFn, ${mode}`,
    code: 'ERR_SLUICE_TEARDOWN',
    role: 'Work',
    boom: true,
    work: () => hooked('teardown', fail),
  },
]

const reads = (title: string, code: SluiceErrorCode, pattern: string): FailingJob => ({
  title,
  code,
  role: 'Read',
  source: () => read(pattern),
})
const writes = (title: string, code: SluiceErrorCode, table: string, options: object = {}): FailingJob => ({
  title,
  code,
  role: 'Write',
  sink: () => sinkOn(table, options),
})

/** Each place where the mission's job can fail for good. */
export const failingJobs: readonly FailingJob[] = [
  ...(
    [
      ['synchronously', now],
      ['asynchronously', later],
    ] as [string, () => never][]
  ).flatMap(userCode),
  reads('a missing object (404)', 'ERR_SLUICE_NO_MATCH', 'gs://my-bucket/failing/missing.csv'),
  reads('a pattern that matches nothing', 'ERR_SLUICE_NO_MATCH', 'gs://my-bucket/failing/x*.csv'),
  reads('a missing bucket (404)', 'ERR_SLUICE_NOT_FOUND', 'gs://no-such-bucket/*.csv'),
  reads('a bucket that may not be listed (403)', 'ERR_SLUICE_PERMISSION', 'gs://my-bucket/forbidden*.csv'),
  reads('an object that arrives damaged', 'ERR_SLUICE_CHECKSUM', 'gs://my-bucket/failing/corrupt.csv'),
  reads('a damaged gzip file', 'ERR_SLUICE_ENCODING', 'gs://my-bucket/failing/damaged.csv.gz'),
  reads('a missing local file', 'ERR_SLUICE_NO_MATCH', 'no/such/file.csv'),
  writes('insertAll refuses the request (400)', 'ERR_SLUICE_BIGQUERY', 'malformed'),
  writes('insertAll refuses access (403)', 'ERR_SLUICE_PERMISSION', 'forbidden'),
  writes('a missing table (404)', 'ERR_SLUICE_NOT_FOUND', 'missing'),
  writes('a missing dataset (404)', 'ERR_SLUICE_NOT_FOUND', 'x', {
    table: 'no_dataset.x',
    createDisposition: 'CREATE_IF_NEEDED',
  }),
  writes('BigQuery refuses rows', 'ERR_SLUICE_BATCH', 'strict'),
  {
    title: 'the insertId function of the user',
    code: 'ERR_SLUICE_SINK',
    role: 'Write',
    boom: true,
    element: {id: 0, text: 'word0'},
    sink: () => sinkOn('good', {insertId: now}),
  },
]

/** The ways in which a job is run. */
export const styles = ['stream.pipeline', 'Pipeline'] as const
export type Style = (typeof styles)[number]

/** Runs a failing job on clocks that stand still, so that nothing in it can wait; gives the stages, and the run. */
export function runFailing(job: FailingJob, style: Style): {run: Promise<unknown>; stages: Record<Role, Transform>} {
  const source = job.source?.() ?? read()
  const work = job.work?.() ?? new ToRow()
  const sink = job.sink?.() ?? sinkOn('good')
  setClock(new ManualClock(), source, work, sink)
  const stages = {Read: source, Work: work, Write: sink} as unknown as Record<Role, Transform>
  if (style === 'stream.pipeline') return {run: pipeline(source, work, sink), stages}
  const p = new Pipeline({name: 'failing'})
  p.apply('Read', source).apply('Work', work).apply('Write', sink)
  return {run: p.run(), stages}
}
