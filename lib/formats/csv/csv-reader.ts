import {FastCsvRecords} from './engines/fast-csv-records.ts'
import type {CsvSettings} from './options/check-csv-options.ts'
import type {CsvReader, CsvReaderOptions} from './rows/csv-batch.ts'

/** The class of CSV readers of one engine. */
export type CsvReaderClass = new (file: string, settings: CsvSettings, options: CsvReaderOptions) => CsvReader

/** The reader class of the engine in the settings. csv-parse is loaded by the first call that needs it. */
export async function csvReaders(settings: CsvSettings): Promise<CsvReaderClass> {
  return settings.engine === 'fast' ? FastCsvRecords : (await import('./engines/csv-records.ts')).CsvRecords
}
