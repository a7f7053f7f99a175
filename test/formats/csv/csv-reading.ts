import {CsvRecords} from '../../../lib/formats/csv/engines/csv-records.ts'
import {FastCsvRecords} from '../../../lib/formats/csv/engines/fast-csv-records.ts'
import {type CsvOptions, checkCsvOptions, type RecordBatch} from '../../../lib/formats/index.ts'

export interface Read extends RecordBatch {
  batches: number
}

/** All that a CSV file of these chunks gives. */
export function readCsv(chunks: readonly (Buffer | string)[], options: CsvOptions = {}, rejects = false): Read {
  const settings = checkCsvOptions('readFromCsv', options)
  const Reader = settings.engine === 'fast' ? FastCsvRecords : CsvRecords
  const csv = new Reader('a.csv', settings, {rejects})
  const all: Read = {values: [], offsets: [], rejects: [], batches: 0}
  const add = (batches: Iterable<RecordBatch>) => {
    for (const batch of batches) {
      all.batches++
      all.values.push(...batch.values)
      all.offsets.push(...batch.offsets)
      all.rejects.push(...batch.rejects)
    }
  }
  for (const chunk of chunks) add(csv.push(Buffer.from(chunk as string)))
  add(csv.end())
  return all
}
