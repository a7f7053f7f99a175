import type {CsvReader} from './csv-batch.ts'
import type {CsvSettings} from './csv-options.ts'
import {CsvRecords} from './csv-records.ts'
import {FastCsvRecords} from './fast-csv-records.ts'

/** The reader of one CSV file, by the engine that the settings name. */
export function csvReader(file: string, settings: CsvSettings, options: {rejects: boolean}): CsvReader {
  return settings.engine === 'fast'
    ? new FastCsvRecords(file, settings, options)
    : new CsvRecords(file, settings, options)
}
