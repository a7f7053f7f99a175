/** How values become the text of files; each destination has its own. */
export interface RecordFormat<I> {
  /** Characters at the beginning of each record's text that the first record of a file omits: a separator. */
  readonly lead: number
  /** The text of one record, with its line end. */
  record(value: I): string
  /** The beginning of each file; called once the first record has been formatted. */
  header(): string
  /** The end of each file. */
  footer(): string
}

/** A format whose files consist only of records. */
export function plainRecords<I>(record: (value: I) => string): RecordFormat<I> {
  return {lead: 0, record, header: () => '', footer: () => ''}
}
