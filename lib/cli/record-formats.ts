/** Formats of records as bytes, by the names that `--from` and `--to` have for them. */
export const FORMATS = ['text', 'csv', 'tsv', 'jsonl'] as const

export type Format = (typeof FORMATS)[number]
