// A wide file besides those of job J: 20 columns, about 200 bytes a row, some fields quoted, some not ASCII. The same bytes
// every time.
import {existsSync, mkdirSync, renameSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {random} from '../job-j/data.ts'

const WORDS = ['amber', 'birch', 'cedar', 'delta', 'ember', 'fjord', 'grove', 'harbour', 'island', 'juniper']
const NAMES = ['Anna', 'Bo', 'Chloé', 'Dagny', 'Elif', 'Farid', 'Gül', 'Hugo', 'Ines', 'Jürgen']
const HEADER =
  'id,created,status,first,last,email,street,zip,city,country,sku,title,price,tax,quantity,total,paid,ref,source,note'

function row(id: number, next: () => number): string {
  const pick = (from: readonly string[]) => from[Math.floor(next() * from.length)]!
  const price = (next() * 100).toFixed(2)
  const quantity = 1 + Math.floor(next() * 20)
  const first = pick(NAMES)
  return [
    id,
    `2024-03-${String(1 + Math.floor(next() * 28)).padStart(2, '0')}T10:00:00Z`,
    pick(['new', 'sent', 'done']),
    first.replace(/[^ -~]/g, letter => (next() < 0.2 ? letter : 'x')),
    pick(WORDS),
    `user${id}@example.com`,
    `"${Math.floor(next() * 200)}, ${pick(WORDS)} street"`,
    10_000 + Math.floor(next() * 80_000),
    pick(WORDS),
    pick(['DE', 'FR', 'PT', 'JP']),
    `SKU-${Math.floor(next() * 1e6)}`,
    next() < 0.05 ? `"${pick(WORDS)} ""${pick(WORDS)}"""` : `${pick(WORDS)} ${pick(WORDS)}`,
    price,
    0.19,
    quantity,
    (Number(price) * quantity).toFixed(2),
    next() < 0.9,
    next().toString(36).slice(2, 10),
    pick(['web', 'app', 'shop']),
    next() < 0.5 ? '' : pick(WORDS),
  ].join(',')
}

/** Makes the file once and returns its folder. */
export function wideFile(rows: number): string {
  const dir = join(tmpdir(), `sluice-bench-wide-${rows}`)
  const file = join(dir, 'wide.csv')
  if (existsSync(file)) return dir
  mkdirSync(dir, {recursive: true})
  const next = random(7)
  const lines = [HEADER]
  for (let id = 0; id < rows; id++) lines.push(row(id, next))
  writeFileSync(`${file}.part`, `${lines.join('\n')}\n`)
  renameSync(`${file}.part`, file)
  return dir
}
