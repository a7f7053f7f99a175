import {type CsvError, Parser} from 'csv-parse'
import type {CsvSettings} from '../options/check-csv-options.ts'

/** A record from csv-parse: its fields and the offset of the byte after it, counted over all bytes fed. */
export interface RawRecord {
  fields: string[]
  end: number
}

/**
 * csv-parse's parser without its stream: what it would push into the readable side, possibly 200,000 records of one chunk,
 * is returned to the caller, who feeds it slices no larger than the number of records he wants to hold.
 */
export class RecordParser extends Parser {
  #records: RawRecord[] = []

  constructor(settings: CsvSettings) {
    super({
      delimiter: settings.delimiter,
      quote: settings.quote,
      escape: settings.escape,
      // both, so that a file with mixed line ends leaves no \r in its last column, as detection from the first line would
      record_delimiter: ['\r\n', '\n'],
      skip_empty_lines: settings.skipBlankLines,
      // we count, name and cast columns: objects from csv-parse cost a defineProperty per field
      columns: false,
      relax_column_count: true,
      bom: false,
      ...settings.csvParse,
    })
  }

  /** Parses more bytes; returns the records that end in them, and the error if they are malformed. */
  feed(bytes: Buffer): {records: RawRecord[]; error: CsvError | undefined} {
    return this.#run(done => this._transform(bytes, 'utf8', done))
  }

  /** Parses the rest at the end. */
  finish(): {records: RawRecord[]; error: CsvError | undefined} {
    return this.#run(done => this._flush(done))
  }

  override push(record: unknown): boolean {
    // csv-parse pushes null to end an empty stream
    if (record !== null)
      this.#records.push({fields: record as string[], end: this.info.bytes})
      // For every record whose length differs from the first one's, csv-parse would create an unwanted error with a stack,
      // at 40 us each; so every record counts as the first.
    ;(this.info as {records: number}).records = 0
    return true
  }

  #run(step: (done: (error?: Error | null) => void) => void): {records: RawRecord[]; error: CsvError | undefined} {
    let failure: CsvError | undefined
    step(error => {
      failure = (error ?? undefined) as CsvError | undefined
    })
    const records = this.#records
    this.#records = []
    return {records, error: failure}
  }
}
