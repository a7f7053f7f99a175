import type {NativeSlices} from '../../bytes/native-slices.ts'
import type {FieldScanner} from './field-scanner.ts'
import {CHARACTERS, COLUMNS} from './record-index.ts'
import type {PlainRecords} from './record-scanner.ts'

/** The texts of the fields that were found in some bytes, whatever their content; `''` for unwanted ones. */
export function fieldTexts(
  bytes: Buffer & NativeSlices,
  at: number,
  found: FieldScanner,
  quote: string | null,
  wanted?: readonly boolean[],
): string[] {
  const {starts, ends, count, escaped, ascii, next} = found
  // one character for each byte
  const text = bytes.latin1Slice(at, next)
  const fields: string[] = []
  for (let i = 0; i < count; i++) {
    let field = ''
    if (wanted === undefined || wanted[i]) {
      const start = starts[i]!
      const end = ends[i]!
      field =
        ascii || isAsciiBetween(bytes, start, end) ? text.slice(start - at, end - at) : bytes.utf8Slice(start, end)
      if (escaped && quote !== null && start > at && text[start - at - 1] === quote && field.includes(quote))
        field = field.split(quote + quote).join(quote)
    }
    fields.push(field)
  }
  return fields
}

/** The texts of the fields of one record of an index with a doubled quote in it; `text` is that of the record. */
export function escapedTexts(text: string, found: PlainRecords, quote: string, wanted: readonly boolean[]): string[] {
  const {starts, ends, table, record} = found
  const begin = table[record * COLUMNS + CHARACTERS]!
  const first = table[record * COLUMNS + 1]!
  return wanted.map((isWanted, i) => {
    if (!isWanted) return ''
    const field = text.slice(starts[first + i]! - begin, ends[first + i]! - begin)
    // only quoted fields contain quotes, and there they are doubled
    return field.includes(quote) ? field.split(quote + quote).join(quote) : field
  })
}

function isAsciiBetween(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at]! > 127) return false
  return true
}
