import {FastCsvRecords} from './engines/fast-csv-records.ts'
import type {CsvSettings} from './options/check-csv-options.ts'
import type {CsvReader, CsvReaderOptions} from './rows/csv-batch.ts'

/** What makes readers of the CSV files of one engine. */
export type CsvReaderClass = new (file: string, settings: CsvSettings, options: CsvReaderOptions) => CsvReader

/** The readers of the engine that the settings name. csv-parse is loaded with the first call that asks for it. */
export async function csvReaders(settings: CsvSettings): Promise<CsvReaderClass> {
  return settings.engine === 'fast' ? FastCsvRecords : (await import('./engines/csv-records.ts')).CsvRecords
}
