/** Formats of records as bytes, by the names that `--from` and `--to` have for them. */
export const FORMATS = ['text', 'csv', 'tsv', 'jsonl', 'json'] as const

export type Format = (typeof FORMATS)[number]

/** What `--input` and `--to` call standard input and output. */
export const STANDARD = '-'

const ENDINGS: Readonly<Record<string, Format>> = {
  '': 'text',
  txt: 'text',
  log: 'text',
  csv: 'csv',
  tsv: 'tsv',
  tab: 'tsv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  json: 'json',
}

/** The format that the ending of a file's name tells, which may have that of a compression after it. */
export function formatOfName(name: string): Format | undefined {
  const base = name.slice(name.lastIndexOf('/') + 1).replace(/\.(gz|zst|deflate|bz2)$/i, '')
  const dot = base.lastIndexOf('.')
  const ending = dot < 0 ? '' : base.slice(dot + 1).toLowerCase()
  return Object.hasOwn(ENDINGS, ending) ? ENDINGS[ending] : undefined
}
