// What must and must not compile with Pipeline, PCollection and defineJob; checked by `tsc --noEmit`, never run.
import {
  type DeadLetter,
  DoFn,
  deadLetter,
  type ProcessContext,
  type Sink,
  type Source,
  type StageReadable,
} from '../../lib/core/index.ts'
import {defineJob, type PCollection, Pipeline, type PipelineResult} from '../../lib/pipeline/index.ts'
import {flatten} from '../../lib/transforms/index.ts'

interface Row {
  id: string
  total: number
}
interface Dated extends Row {
  date: Date
}

declare const lines: Source<string, {rejects: {line: number}}>
declare const rowSource: Source<Row>
declare const objects: Sink<object>
declare const anything: Sink<unknown>
declare const datedSink: Sink<Dated>
declare const failedRows: StageReadable<Row>

class Parse extends DoFn<string, Row, {bad: DeadLetter<string>}> {
  process(line: string) {
    return [{id: line, total: line.length}]
  }
}
class NeedsDate extends DoFn<Dated, number> {
  process(row: Dated) {
    return [row.date.getTime()]
  }
}
class NeedsId extends DoFn<{id: string}, string> {
  process({id}: {id: string}) {
    return [id]
  }
}
class Nothing extends DoFn<Row, never> {
  process() {}
}
// biome-ignore lint/suspicious/noExplicitAny: users may have it, and it must not look like a sink
class Anything extends DoFn<Row, any> {
  process(row: Row) {
    return [row]
  }
}
class Mapped<I, O, Tags extends object> extends DoFn<I, O, Tags> {
  declare readonly fn: (x: I) => O
  process(x: I) {
    return [this.fn(x)]
  }
}
/** As `map` of the transforms is typed. */
declare function map<I, O, Tag extends string = never>(
  fn: (x: I, c: ProcessContext) => O,
  options?: {onError?: {deadLetter: Tag}},
): Mapped<I, O, {[K in Tag]: DeadLetter<I>}>

const p = new Pipeline({name: 'types'})

// element types follow from step to step
const text: PCollection<string> = p.apply('Read', lines)
const rows = p.apply('Rows', rowSource).apply(
  'Less',
  map(row => ({...row, total: row.total + 1})),
)
const same: PCollection<Row> = rows
const named: PCollection<Row> = text.apply('Parse', new Parse())
const unnamed: PCollection<Row> = text.apply(new Parse())
const wider: PCollection<{id: string}> = rows
const ids: PCollection<string> = rows.apply('Ids', new NeedsId())
const never: PCollection<never> = rows.apply('Nothing', new Nothing())
const loose: PCollection<string> = rows.apply('Anything', new Anything())
const unknowns: PCollection<unknown> = rows.apply(
  'Unknown',
  map(row => row as unknown),
)

// functions get the element type without being told
const totals: PCollection<number> = rows.apply(
  'Totals',
  map(row => row.total),
)
const lengths: PCollection<number> = ids.apply(map(id => id.length))

// a sink ends a chain
const end: void = rows.apply('Write', objects)
const endUnnamed: void = rows.apply(anything)
// @ts-expect-error nothing comes after a sink
rows.apply('Write', objects).apply('More', anything)

// tags have types of their own
const rejects: PCollection<{line: number}> = p.apply('Read 2', lines).tagged('rejects')
const bad: PCollection<DeadLetter<string>> = text.apply('P2', new Parse({onError: deadLetter('bad')})).tagged('bad')
const inferred: PCollection<DeadLetter<Row>> = rows
  .apply(
    'M2',
    map(row => row.id, {onError: deadLetter('odd')}),
  )
  .tagged('odd')
// @ts-expect-error this source has no such tag
p.apply('Read 3', lines).tagged('reject')
// @ts-expect-error this DoFn has no such tag
text.apply('P3', new Parse()).tagged('worse')
// @ts-expect-error a tagged output has no tags
rejects.tagged('rejects')
// @ts-expect-error the dead letter's tag must be one of the DoFn's
new Parse({onError: deadLetter('nope')})

// an output that was taken by hand begins a chain
const failed: PCollection<Row> = p.apply('Failed', failedRows)

const lengthOf = map((line: string) => line.length)

// wrong joins: the message says that 'Row' is not assignable to 'Dated', and so on
// @ts-expect-error Row has no date
rows.apply('Date', new NeedsDate())
// @ts-expect-error Row has no date
rows.apply(new NeedsDate())
// @ts-expect-error a Row is no string
rows.apply('Parse', new Parse())
// @ts-expect-error a Row is no string
rows.apply('Length', lengthOf)
// @ts-expect-error Row has no date
rows.apply('Write', datedSink)
// @ts-expect-error a string is no object
text.apply('Write', objects)
// @ts-expect-error a collection of rows is none of dated rows
const dated: PCollection<Dated> = rows

// a join gives what any of its inputs gives
const joined: PCollection<string | number> = p.apply('All', flatten(ids, totals))
// @ts-expect-error one of the inputs gives numbers
const onlyStrings: PCollection<string> = p.apply('All', flatten(ids, totals))
// @ts-expect-error a join takes no elements of its own
rows.apply('All', flatten(ids, totals))

// what cannot stand where
// @ts-expect-error a DoFn needs an input
p.apply('Parse', new Parse())
// @ts-expect-error a sink needs an input
p.apply('Write', objects)
// @ts-expect-error a source takes no elements
rows.apply('Rows', rowSource)
// @ts-expect-error a function is no stage
rows.apply('Fn', (row: Row) => row)
// @ts-expect-error a foreign stream is no stage
rows.apply('Out', process.stdout)
// @ts-expect-error a name is no stage
p.apply('Read')

// a run is a promise of its result
const result: PipelineResult = await p.run()
const seen: number = result.steps[0]?.in ?? 0
await p.run({signal: AbortSignal.timeout(1)}).cancel('enough')
// @ts-expect-error there is no such format
p.graph('svg')
const mermaid: string = p.graph('mermaid')
const from: string | undefined = p.graph().edges[0]?.from

// jobs: options are typed in build and where they are given
const job = defineJob({
  name: 'job',
  options: {
    input: {type: 'string', required: true},
    output: {type: 'string', required: true, env: 'OUTPUT'},
    limit: {type: 'number'},
    every: {type: 'duration', default: '5s'},
    most: {type: 'size', default: '9MB'},
    dry: {type: 'boolean'},
    mode: {type: 'enum', values: ['fast', 'safe'], default: 'safe'},
  },
  build(pipeline, options) {
    pipeline.apply('Read', rowSource).apply('Write', anything)
    const input: string = options.input
    const limit: number | undefined = options.limit
    const every: number = options.every
    const most: number = options.most
    const dry: boolean = options.dry
    const mode: 'fast' | 'safe' = options.mode
    // @ts-expect-error it may be missing
    const sure: number = options.limit
    // @ts-expect-error there is no such option
    void options.inputs
    return void [input, limit, every, most, dry, mode, sure]
  },
})
job.run({input: 'a', mode: 'fast', every: '2m', most: 5}, {signal: AbortSignal.timeout(1)})
job.pipeline({input: 'a'}).graph()
// @ts-expect-error input is required
job.run({mode: 'fast'})
// @ts-expect-error input is required
job.run()
// @ts-expect-error there is no such mode
job.run({input: 'a', mode: 'slow'})
// @ts-expect-error a duration has a unit
job.run({input: 'a', every: '5 parsecs'})
// @ts-expect-error there is no such option
job.run({input: 'a', inputs: 'b'})

const plain = defineJob({
  name: 'plain',
  build(pipeline, options) {
    pipeline.apply(rowSource)
    // @ts-expect-error this job has no options
    void options.input
  },
})
plain.run()
// @ts-expect-error a type that does not exist
defineJob({name: 'bad', options: {a: {type: 'text'}}, build() {}})

void [same, named, unnamed, wider, never, loose, unknowns, totals, lengths, end, endUnnamed, bad, inferred, failed]
void [joined, onlyStrings, dated, seen, mermaid, from]
