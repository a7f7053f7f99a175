import {mkdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

/** Records of each of the two files. */
export const HALF = 250_000

export interface Order {
  id: number
  customer: {name: string; email: string; country: string | null}
  items: {sku: string; quantity: number; price: number}[]
  note: string
  paid: boolean
  at: string
}

/** The nth record, the same in every run. */
export function order(n: number): Order {
  return {
    id: n,
    customer: {name: `Customer ${n % 977}`, email: `c${n % 977}@example.org`, country: n % 3 === 0 ? null : 'NL'},
    items: Array.from({length: 1 + (n % 3)}, (_, i) => ({
      sku: `S-${(n * 7 + i) % 5003}`,
      quantity: 1 + i,
      price: n / 100,
    })),
    note: n % 10 === 0 ? 'with "quotes", a back\\slash and ünïcödé' : 'plain text of an ordinary length',
    paid: n % 2 === 0,
    at: new Date(1_700_000_000_000 + n * 1000).toISOString(),
  }
}

/** The folder of the two files of JSON lines, which are made once. */
export function jsonFiles(): string {
  const dir = join(tmpdir(), 'sluice-bench-json')
  mkdirSync(dir, {recursive: true})
  for (const part of [0, 1]) {
    const path = join(dir, `part-${part}.jsonl`)
    if (statSync(path, {throwIfNoEntry: false})) continue
    let text = ''
    for (let n = part * HALF; n < (part + 1) * HALF; n++) text += `${JSON.stringify(order(n))}\n`
    writeFileSync(path, text)
  }
  return dir
}

/** The folder of a file that holds the same records as one array, which is made once. */
export function jsonArray(): string {
  const dir = join(tmpdir(), 'sluice-bench-json-array')
  mkdirSync(dir, {recursive: true})
  const path = join(dir, 'part-0.json')
  if (statSync(path, {throwIfNoEntry: false})) return dir
  const rows = jsonFiles()
  const lines = [0, 1].flatMap(part =>
    readFileSync(join(rows, `part-${part}.jsonl`), 'utf8')
      .trimEnd()
      .split('\n'),
  )
  writeFileSync(path, `[${lines.join(',\n')}]\n`)
  return dir
}
