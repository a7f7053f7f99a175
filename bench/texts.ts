/**
 * CPU time of splitting text at delimiters compared with splitting it into lines, and of `parseCsv` compared with
 * `csv-parse/sync`; the best of 5 rounds each. Run: `npx tsx -C sluice:source bench/texts.ts`.
 */
import {parse} from 'csv-parse/sync'
import {CsvTexts, checkCsvOptions, checkTextOptions, type TextOptions, textSplitter} from '../lib/formats/index.ts'

const CHUNK = 64 * 1024
const LINES = 500_000
const TEXTS = 50_000

/** The least CPU of 5 rounds, in milliseconds. */
function best(work: () => number, expected: number): number {
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < 5; round++) {
    const before = process.cpuUsage()
    if (work() !== expected) throw new Error(`not ${expected} elements`)
    const {user, system} = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}

function split(bytes: Buffer, options: TextOptions): number {
  const splitter = textSplitter('text', checkTextOptions('bench', options))
  let count = 0
  for (let at = 0; at < bytes.length; at += CHUNK) count += splitter.push(bytes.subarray(at, at + CHUNK)).values.length
  return count + splitter.end().values.length
}

const lines = Array.from(
  {length: LINES},
  (_, n) => `${n},Customer ${n % 977},c${n % 977}@example.org,plain text ${n * 7}`,
)
const inLines = Buffer.from(lines.join('\n'))
const plain = best(() => split(inLines, {}), LINES)
console.log(`${LINES.toLocaleString('en')} lines: ${plain.toFixed(0)} ms`)
for (const [name, options] of [
  ['a delimiter of one byte', {delimiter: '\0'}],
  ['a delimiter of two bytes', {delimiter: '||'}],
  ['lines with an escape', {escape: '\\'}],
] as const) {
  const bytes = Buffer.from(lines.join('delimiter' in options ? options.delimiter : '\n'))
  const ms = best(() => split(bytes, options), LINES)
  console.log(`${name}: ${ms.toFixed(0)} ms, ${(ms / plain).toFixed(2)} times`)
}

const columns = ['a', 'b', 'c', 'd']
const text = Buffer.from('abc,12.5,"quoted, one",x')
const texts = await CsvTexts.open('bench', checkCsvOptions('bench', {header: false, columns}), {rejects: false})
const repeat = (rowsOf: () => number) => () => {
  let count = 0
  for (let i = 0; i < TEXTS; i++) count += rowsOf()
  return count
}
const ours = best(
  repeat(() => texts.read(text).values.length),
  TEXTS,
)
const theirs = best(
  repeat(() => parse(text, {columns}).length),
  TEXTS,
)
const micros = (ms: number) => `${((ms * 1000) / TEXTS).toFixed(1)} µs`
console.log(
  `a CSV text of one record: ${micros(ours)}; csv-parse/sync: ${micros(theirs)}, ${(theirs / ours).toFixed(1)} times`,
)
