/** How values become the text of files; each destination has one of its own. */
export interface RecordFormat<I> {
  /** Characters at the beginning of a record's text that the first record of a file does not have: a separator. */
  readonly lead: number
  /** The text of one record, with its line end. */
  record(value: I): string
  /** What each file begins with; asked when the first record has been made. */
  header(): string
  /** What each file ends with. */
  footer(): string
}

/** A format whose files are records, one after the other, and nothing else. */
export function plainRecords<I>(record: (value: I) => string): RecordFormat<I> {
  return {lead: 0, record, header: () => '', footer: () => ''}
}
