import {isUtf8} from 'node:buffer'
import {SluiceError, show} from '../../../errors/index.ts'
import {recordPlace} from '../../bytes/record-place.ts'
import {AFTER_QUOTE, type Found, QUOTE_INSIDE} from '../scan/field-scanner.ts'
import type {CsvReject} from './csv-batch.ts'

/** The problem of a record whose number of fields differs from the number of columns. */
export function countProblem(got: number, expected: number): string {
  return `the record has ${got} field${got === 1 ? '' : 's'} instead of ${expected}`
}

/** The problem of a record with bytes that are not UTF-8. */
export const NOT_UTF8 = 'the record has bytes that are not UTF-8'

/** The problem with the quotes of a record; `max`: it is longer than that many bytes. */
export function quoteProblem(found: Found, max?: number): string {
  if (max !== undefined)
    return `a quote in the record is opened and not closed within ${max} bytes (\`maxRecordBytes\`)`
  switch (found) {
    case QUOTE_INSIDE:
      return 'a quote stands inside a field that does not begin with one'
    case AFTER_QUOTE:
      return 'a closing quote is followed by something other than a delimiter or a line end'
    default:
      return 'a quote in the record is opened and never closed'
  }
}

/** The error for a malformed record that is not set aside. */
export function badRecord(
  {file, line, byteOffset, raw, error}: CsvReject,
  header: boolean,
  cause: unknown,
): SluiceError {
  const where = recordPlace(file, line, byteOffset)
  const fix = header
    ? 'Correct the header, or set `header: false` and name the columns with `columns`'
    : "Correct the file, or set `rejects: true` and read such records from tagged('rejects')"
  const quotes = error.includes(' quote ')
    ? '. A quote inside a quoted field is written twice; if quotes mean nothing in the file, set `quote: null`'
    : ''
  return new SluiceError('ERR_SLUICE_CSV', `${where}: ${error}: ${show(raw)}. ${fix}${quotes}`, {element: raw, cause})
}

/** The error for a line that is longer than a record may be. */
export function longLine(file: string, line: number, byteOffset: number, max: number): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_CSV',
    `${recordPlace(file, line, byteOffset)}: the line that begins here is longer than ${max} bytes. Correct the file, or raise ` +
      'the option `maxRecordBytes` if such records are intended',
  )
}

/** The line that begins at `start` and ends with the `\n` at `newline` (-1: with the bytes), without its end. */
export function lineAt(bytes: Buffer, start: number, newline: number): Buffer {
  if (newline === -1) return bytes.subarray(start)
  return bytes.subarray(start, newline > start && bytes[newline - 1] === 13 ? newline - 1 : newline)
}

/** Bytes without their line end, if they have one. */
export function withoutLineEnd(bytes: Buffer): Buffer {
  const {length} = bytes
  return length > 0 && bytes[length - 1] === 10 ? lineAt(bytes, 0, length - 1) : bytes
}

/** The fields of a reject that hold what was set aside. */
export function rawOf(bytes: Buffer): Pick<CsvReject, 'raw' | 'rawBase64'> {
  return isUtf8(bytes) ? {raw: bytes.toString()} : {raw: bytes.toString(), rawBase64: bytes.toString('base64')}
}
