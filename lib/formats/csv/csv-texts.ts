import {type CsvReaderClass, csvReaders} from './csv-reader.ts'
import {FastCsvRecords} from './engines/fast-csv-records.ts'
import type {CsvSettings} from './options/check-csv-options.ts'
import type {CsvReaderOptions, RecordBatch} from './rows/csv-batch.ts'

/**
 * Parses texts, one after the other, each as a CSV file of its own. With the fast engine one reader serves them all:
 * creating a reader costs as much as several records.
 *
 * @example
 * const settings = checkCsvOptions('example', {header: false, columns: ['id', 'total']})
 * const texts = await CsvTexts.open('messages', settings, {rejects: false})
 * texts.read(Buffer.from('a,1')).values // [{id: 'a', total: '1'}]
 */
export class CsvTexts {
  readonly #name: string
  readonly #settings: CsvSettings
  readonly #options: CsvReaderOptions
  readonly #Reader: CsvReaderClass
  readonly #fast: FastCsvRecords | undefined

  private constructor(Reader: CsvReaderClass, name: string, settings: CsvSettings, options: CsvReaderOptions) {
    this.#Reader = Reader
    this.#name = name
    this.#settings = settings
    this.#options = {...options, oneLine: settings.header === false}
    if (settings.engine === 'fast') this.#fast = new FastCsvRecords(name, settings, this.#options)
  }

  /** @param name shown in errors and rejects instead of the name of a file */
  static async open(name: string, settings: CsvSettings, options: CsvReaderOptions): Promise<CsvTexts> {
    return new CsvTexts(await csvReaders(settings), name, settings, options)
  }

  /** The rows and rejects of one text. */
  read(text: Buffer): Pick<RecordBatch, 'values' | 'rejects'> {
    const values: RecordBatch['values'] = []
    const rejects: RecordBatch['rejects'] = []
    this.#fast?.reset()
    const records = this.#fast ?? new this.#Reader(this.#name, this.#settings, this.#options)
    for (const batches of [records.push(text), records.end()])
      for (const batch of batches) {
        for (const value of batch.values) values.push(value)
        for (const reject of batch.rejects) rejects.push(reject)
      }
    return {values, rejects}
  }
}
