// What must and must not compile with chain(); checked by `tsc --noEmit`, never run.
import {
  type Bundle,
  type DeadLetter,
  DoFn,
  deadLetter,
  type ProcessContext,
  Sink,
  type Source,
} from '../../lib/core/index.ts'
import {readFromText} from '../../lib/io/text/index.ts'
import {chain} from '../../lib/pipeline/index.ts'
import {
  asMap,
  batchElements,
  create,
  discard,
  filter,
  flatMap,
  flatten,
  map,
  parDo,
  tap,
  withKeys,
} from '../../lib/transforms/index.ts'

interface Row {
  id: string
  total: number
}

declare const lines: Source<string, {rejects: {line: number}}>
declare const rows: Sink<Row>
declare const numbers: Sink<number>
declare const objects: Sink<object>

class Parse extends DoFn<string, Row, {bad: DeadLetter<string>}> {
  process(line: string) {
    return [{id: line, total: line.length}]
  }
}
class OddOrEven extends DoFn<number, number, {odd: number}> {
  *process(n: number, c: ProcessContext<{odd: number}>) {
    if (n % 2) c.emit('odd', n)
    else yield n
  }
}
class Rows extends Sink<Row> {
  writeBundle(_bundle: Bundle<Row>) {}
  commit() {}
}

// no step, and one; what it gives is what pipeline() of node:stream/promises gives
const done: Promise<void> = chain(lines, discard())
void chain(lines, new Parse(), rows)
void chain(lines, new Parse(), new Rows())
void chain(lines, new Parse(), objects)

// the parameters of functions follow from the stage before
void chain(
  lines,
  map(line => line.length),
  filter(n => n > 1),
  map(n => ({id: String(n), total: n.valueOf()})),
  tap(row => row.total.toFixed()),
  rows,
)
void chain(
  create([1, 2, 3]),
  flatMap(n => [n, n.toFixed()]),
  map(value => (typeof value === 'string' ? value.length : value)),
  numbers,
)
void chain(
  readFromText('a.txt'),
  parDo(function* (line) {
    yield line.length
  }),
  batchElements({max: 2}),
  map(batch => batch.reduce((sum, n) => sum + n, 0)),
  numbers,
)
void chain(
  create(['a']),
  withKeys(text => text.length),
  map(([length, text]) => length + text.length),
  numbers,
)
// asynchronous functions, dead letters, side inputs
void chain(
  create(['a']),
  map(async text => text.length, {concurrency: 3, onError: deadLetter('bad')}),
  map(n => n + 1),
  numbers,
)
const names = asMap(create<[number, string]>([[1, 'Ada']]))
void chain(
  create([{user: 1}]),
  map((order, c) => ({id: c.side.names.get(order.user) ?? '', total: order.user}), {side: {names}}),
  rows,
)
// several inputs, and a tagged output
void chain(
  flatten(create([1]), create([2])),
  map(n => n + 1),
  numbers,
)
void chain(
  new OddOrEven().tagged('odd'),
  map(n => n + 1),
  numbers,
)
// twelve steps
const add = <const T extends number>(_: T) => map((n: number) => n + 1)
void chain(
  create([1]),
  map(n => n + 1),
  map(n => `${n}`),
  map(text => text.length),
  map(n => [n]),
  map(list => list.length),
  map(n => ({n})),
  map(({n}) => n + 1),
  map(n => `${n}`),
  map(text => Number(text)),
  add(10),
  filter(n => n > 1),
  map(n => n.toFixed().length),
  numbers,
)

// elements that do not fit
// @ts-expect-error text is no row
void chain(lines, rows)
// @ts-expect-error a row is no text
void chain(lines, new Parse(), new Parse(), rows)
void chain(
  create([1]),
  // @ts-expect-error numbers have no length
  map(n => n.length),
  numbers,
)
void chain(
  create([1]),
  // @ts-expect-error text does not go into numbers
  map(n => `${n}`),
  numbers,
)
void chain(
  create([1]),
  map(n => ({id: `${n}`})),
  // @ts-expect-error it was not given a total
  map(row => row.total),
  numbers,
)
// @ts-expect-error a sink in the middle
void chain(lines, rows, rows)
// @ts-expect-error no source
void chain(new Parse(), rows)
// @ts-expect-error no sink
void chain(lines, new Parse())
// @ts-expect-error a source in the middle
void chain(lines, lines, discard())
// @ts-expect-error a function is no stage
void chain(lines, (line: string) => line, discard())
// @ts-expect-error a class is no stage
void chain(lines, Parse, rows)
// @ts-expect-error a stream of Node has no element types: create(readable)
void chain(process.stdin, discard())
// @ts-expect-error nothing at all
void chain()

void done
