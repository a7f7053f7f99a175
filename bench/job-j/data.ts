// Input of job J: four CSV files of 250,000 rows, 8 columns, about 80 bytes a row; 5% with a quoted comma, 0.5% with an
// escaped quote. The same bytes every time.
import {existsSync, mkdirSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

export const HEADER = ['id', 'name', 'email', 'city', 'amount', 'quantity', 'date', 'note'] as const
const CITIES = ['Lisbon', 'Oslo', 'Kyoto', 'Quito', 'Perth', 'Turin']
const DOMAINS = ['example.com', 'example.org', 'mail.test']

/** Small, seeded and fast (mulberry32). */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function row(id: number, next: () => number): string {
  const kind = next()
  const name = `user${Math.floor(next() * 1e6)}`
  const city = CITIES[Math.floor(next() * CITIES.length)]
  const domain = DOMAINS[Math.floor(next() * DOMAINS.length)]
  const amount = (next() * 25).toFixed(2)
  const quantity = 1 + Math.floor(next() * 200)
  const day = String(1 + Math.floor(next() * 28)).padStart(2, '0')
  const note =
    kind < 0.05 ? `"${city}, by the sea"` : kind < 0.055 ? '"says ""hi"" often"' : `note ${Math.floor(next() * 1e4)}`
  return `${id},${name},${name}@${domain},${city},${amount},${quantity},2024-03-${day},${note}`
}

/** Makes the files once and returns their folder; `rows` in all. */
export function jobJFiles(rows = 1_000_000): string {
  const dir = join(tmpdir(), `sluice-bench-j-${rows}`)
  if (existsSync(join(dir, 'done'))) return dir
  mkdirSync(dir, {recursive: true})
  const next = random(42)
  for (let file = 0; file < 4; file++) {
    const lines: string[] = [HEADER.join(',')]
    for (let i = 0; i < rows / 4; i++) lines.push(row((file * rows) / 4 + i, next))
    writeFileSync(join(dir, `part-${file}.csv`), `${lines.join('\n')}\n`)
  }
  writeFileSync(join(dir, 'done'), '')
  return dir
}
