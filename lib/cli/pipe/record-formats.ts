/** Record formats, by the names that `--from` and `--to` use. */
export const FORMATS = ['text', 'csv', 'tsv', 'jsonl', 'json'] as const

export type Format = (typeof FORMATS)[number]

/** The name of standard input and output in `--input` and `--to`. */
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

/** The format that a file name's extension stands for; an extension for compression may follow it. */
export function formatOfName(name: string): Format | undefined {
  const base = name.slice(name.lastIndexOf('/') + 1).replace(/\.(gz|zst|deflate|bz2)$/i, '')
  const dot = base.lastIndexOf('.')
  const ending = dot < 0 ? '' : base.slice(dot + 1).toLowerCase()
  return Object.hasOwn(ENDINGS, ending) ? ENDINGS[ending] : undefined
}
