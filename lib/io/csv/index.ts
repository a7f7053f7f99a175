export type {
  CsvCast,
  CsvCastContext,
  CsvCastFunction,
  CsvCastName,
  CsvColumns,
  CsvEngine,
  CsvParseOptions,
  CsvReject,
} from '../../formats/index.ts'
export {type CsvParseTextOptions, parseCsv} from './parse-csv.ts'
export {type CsvReadOptions, type CsvTags, readFromCsv} from './read-from-csv.ts'
export {type CsvWriteOptions, writeToCsv} from './write-to-csv.ts'
