export {CsvEncoder, type CsvEncoderOptions} from './csv/csv-encoder.ts'
export {csvReaders} from './csv/csv-reader.ts'
export {CsvTexts} from './csv/csv-texts.ts'
export {CSV_OPTION_NAMES, type CsvSettings, checkCsvOptions} from './csv/options/check-csv-options.ts'
export type {CsvCast, CsvCastContext, CsvCastFunction, CsvCastName} from './csv/options/csv-cast.ts'
export type {CsvEngine} from './csv/options/csv-engine-options.ts'
export type {CsvColumns, CsvOptions} from './csv/options/csv-options.ts'
export type {CsvParseOptions} from './csv/options/csv-parse-options.ts'
export type {
  CsvBadSchema,
  CsvCastsByColumn,
  CsvDynamic,
  CsvRowOf,
  CsvSchemaInput,
  CsvSchemaRow,
} from './csv/options/csv-row-type.ts'
export type {CsvReject, RecordBatch} from './csv/rows/csv-batch.ts'
export {LineKeeping} from './csv/rows/kept-records.ts'
export {isOpaque} from './json/json-forms.ts'
export {jsonLine, jsonLineFor, NotJson} from './json/json-line.ts'
export {JSON_FORMATS, type JsonFormat, type JsonTextBatch, jsonTexts} from './json/json-texts.ts'
export {InexactNumber, jsonValue} from './json/json-value.ts'
export {plainJson} from './json/plain-json.ts'
export {givesBack, int64, JSON_NUMBERS, type JsonNumbers, numberText} from './numbers/exact-number.ts'
export {textSplitter} from './text/choose-text-splitter.ts'
export {DEFAULT_MAX_LINE_BYTES, type LineBatch, LineSplitter} from './text/line-splitter.ts'
export {checkTextOptions, TEXT_OPTION_NAMES, type TextOptions, type TextSettings} from './text/text-options.ts'
export type {TextSplitter} from './text/text-splitter.ts'
export {Utf8Notice} from './text/utf8-notice.ts'
export {automatic, FIELD_TYPE_NAMES, type FieldConversion, fieldConversion} from './types/field-types.ts'
