export {ByteOrderMark} from './byte-order-mark.ts'
export type {CsvReader, CsvReject, RecordBatch} from './csv-batch.ts'
export type {CsvCast, CsvCastContext, CsvCastFunction, CsvCastName} from './csv-cast.ts'
export {CsvEncoder, type CsvEncoderOptions} from './csv-encoder.ts'
export type {CsvEngine} from './csv-engine-options.ts'
export {
  CSV_OPTION_NAMES,
  type CsvColumns,
  type CsvHeader,
  type CsvOptions,
  type CsvSettings,
  checkCsvOptions,
  DEFAULT_MAX_RECORD_BYTES,
} from './csv-options.ts'
export type {CsvParseOptions} from './csv-parse-options.ts'
export {type CsvReaderClass, csvReaders} from './csv-reader.ts'
export type {
  CsvBadSchema,
  CsvCastsByColumn,
  CsvDynamic,
  CsvRowOf,
  CsvSchemaInput,
  CsvSchemaRow,
} from './csv-row-type.ts'
export {CsvTexts} from './csv-texts.ts'
export {givesBack, int64, JSON_NUMBERS, type JsonNumbers, numberText} from './exact-number.ts'
export {
  automatic,
  FIELD_TYPE_NAMES,
  type FieldConversion,
  type FieldTypeName,
  type FieldValue,
  fieldConversion,
} from './field-types.ts'
export {jsonField} from './json-field.ts'
export {isOpaque} from './json-forms.ts'
export {jsonLine, jsonLineFor, NotJson} from './json-line.ts'
export {JSON_FORMATS, type JsonFormat, type JsonTextBatch, jsonTexts} from './json-texts.ts'
export {InexactNumber, jsonValue} from './json-value.ts'
export {LineKeeping} from './kept-records.ts'
export {DEFAULT_MAX_LINE_BYTES, type LineBatch, LineSplitter, type LineSplitterOptions} from './line-splitter.ts'
export {plainJson} from './plain-json.ts'
export {checkTextOptions, TEXT_OPTION_NAMES, type TextOptions, type TextSettings} from './text-options.ts'
export {type TextSplitter, textSplitter} from './text-splitter.ts'
export {Utf8Notice} from './utf8-notice.ts'
