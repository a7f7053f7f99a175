/**
 * CPU time and memory per element of combine functions and of keys, in one process that uses all of them, as a job does. Run:
 * `npx tsx -C sluice:source --expose-gc bench/combine.ts [elements]`.
 */
import {encodeKey, keyOf} from '../lib/state/index.ts'
import {decodeKey} from '../lib/state/keys/decode-key.ts'
import {
  approximateDistinct,
  type CombineFn,
  count,
  latest,
  max,
  mean,
  min,
  quantiles,
  sample,
  sum,
  toList,
  top,
  toSet,
} from '../lib/transforms/index.ts'

const elements = Number(process.argv[2] ?? 1_000_000)
const groups = 1_000
const rounds = 5

const rows = Array.from({length: elements}, (_, i) => ({
  user: `user-${(i * 7919) % 10_000}`,
  amount: ((i * 7919) % 100_000) / 100,
  units: (i * 31) % 97,
  at: new Date(i * 1000),
}))

const functions: Readonly<Record<string, CombineFn<(typeof rows)[number], unknown, unknown>>> = {
  'count()': count() as never,
  'count(field)': count('user') as never,
  'sum of integers': sum('units') as never,
  'sum of decimals': sum('amount') as never,
  'mean of decimals': mean('amount') as never,
  'mean of a function': mean((row: {amount: number}) => row.amount) as never,
  'min of numbers': min('amount') as never,
  'max of numbers': max('amount') as never,
  'max of Dates': max('at') as never,
  'latest(field)': latest('user') as never,
  'top(3, field)': top(3, 'amount') as never,
  'top(3, {by})': top(3, {by: 'amount'}) as never,
  'sample(3)': sample(3) as never,
  'toList(field)': toList('user') as never,
  'toSet(field)': toSet('user') as never,
  approximateDistinct: approximateDistinct('user') as never,
  'quantiles(5)': quantiles(5, 'amount') as never,
}

/** Nanoseconds per element, and bytes per element that a run has allocated beyond its accumulators. */
function measure(work: () => unknown): {ns: number; bytes: number} {
  globalThis.gc?.()
  const heap = process.memoryUsage().heapUsed
  const from = process.cpuUsage()
  work()
  const {user, system} = process.cpuUsage(from)
  const ns = ((user + system) * 1000) / elements
  return {ns, bytes: (process.memoryUsage().heapUsed - heap) / elements}
}

function combine(fn: CombineFn<(typeof rows)[number], unknown, unknown>): void {
  const accumulators = Array.from({length: groups}, () => fn.createAccumulator())
  for (let i = 0; i < rows.length; i++) {
    const group = i % groups
    accumulators[group] = fn.addInput(accumulators[group], rows[i]!, i)
  }
  for (const accumulator of accumulators) fn.extractOutput(accumulator)
}

const object = {user: 'ada', day: 5}
const array = ['user-5', 1_700_000_000_000]
const encoded = encodeKey(array)
const loops: Readonly<Record<string, () => unknown>> = {
  'keyOf(string)': () => rows.reduce((n, row) => n + (keyOf(row.user) === '' ? 1 : 0), 0),
  'keyOf(number)': () => rows.reduce((n, row) => n + (keyOf(row.amount) === -1 ? 1 : 0), 0),
  'keyOf([string, number])': () => rows.reduce(n => n + (keyOf(array) === '' ? 1 : 0), 0),
  'keyOf({string, number})': () => rows.reduce(n => n + (keyOf(object) === '' ? 1 : 0), 0),
  'keyOf(Date)': () => rows.reduce((n, row) => n + (keyOf(row.at) === '' ? 1 : 0), 0),
  'encodeKey(string)': () => rows.reduce((n, row) => n + encodeKey(row.user).length, 0),
  'encodeKey([string, number])': () => rows.reduce(n => n + encodeKey(array).length, 0),
  'decodeKey([string, number])': () => rows.reduce(n => n + (decodeKey(encoded) as unknown[]).length, 0),
}

const best = new Map<string, {ns: number; bytes: number}>()
const note = (name: string, {ns, bytes}: {ns: number; bytes: number}) => {
  const before = best.get(name)
  best.set(name, {ns: Math.min(ns, before?.ns ?? ns), bytes: Math.min(bytes, before?.bytes ?? bytes)})
}
for (let round = 0; round < rounds; round++) {
  for (const [name, fn] of Object.entries(functions))
    note(
      name,
      measure(() => combine(fn)),
    )
  for (const [name, loop] of Object.entries(loops)) note(name, measure(loop))
}
for (const [name, {ns, bytes}] of best)
  console.log(`${name.padEnd(30)}${ns.toFixed(1).padStart(8)} ns ${bytes.toFixed(1).padStart(8)} bytes`)
