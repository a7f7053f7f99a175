import type {DuckDBDataChunk, DuckDBType, DuckDBValue} from '@duckdb/node-api'
import {invalid} from '../model/errors.ts'
import type {Duck} from '../values/duckdb.ts'
import {cellEncoder, type TimestampFormat, type WireRow} from '../values/encode-cell.ts'

const MAX_PAGE_ROWS = 10_000
const MAX_PAGE_BYTES = 10 * 2 ** 20

/** Which rows a request asks for. */
interface PageRequest {
  start: number
  maxRows: number
}

/** Reads `maxResults`, `pageToken` and `startIndex`. */
export function pageRequest(get: (name: string) => unknown): PageRequest {
  const token = get('pageToken')
  const start = token ? tokenStart(String(token)) : wholeNumber('startIndex', get('startIndex'), 0)
  return {start, maxRows: Math.min(wholeNumber('maxResults', get('maxResults'), MAX_PAGE_ROWS), MAX_PAGE_ROWS)}
}

/** The token of the page that starts at this row. */
export function pageToken(start: number): string {
  return Buffer.from(`row:${start}`).toString('base64url')
}

/** Encodes the rows of one page: as many as asked for, but at most 10,000 and about 10 MB. */
export function encodePage(
  duck: Duck,
  types: readonly DuckDBType[],
  chunks: readonly DuckDBDataChunk[],
  page: PageRequest,
  timestamps: TimestampFormat,
): WireRow[] {
  const encoders = types.map(type => cellEncoder(duck, type, timestamps))
  const rows: WireRow[] = []
  let bytes = 0
  let offset = 0
  for (const chunk of chunks) {
    const first = Math.max(0, page.start - offset)
    offset += chunk.rowCount
    if (first >= chunk.rowCount) continue
    const columns: DuckDBValue[][] = encoders.map((_, c) => chunk.getColumnValues(c))
    for (let r = first; r < chunk.rowCount; r++) {
      if (rows.length >= page.maxRows || bytes >= MAX_PAGE_BYTES) return rows
      const row = {f: encoders.map((encode, c) => ({v: encode(columns[c]?.[r] ?? null)}))}
      bytes += sizeOf(row.f)
      rows.push(row)
    }
  }
  return rows
}

/** Pages a list of resources. */
export function slicePage<T>(
  items: readonly T[],
  get: (name: string) => unknown,
): {items: T[]; nextPageToken?: string} {
  const {start, maxRows} = pageRequest(get)
  const part = items.slice(start, start + maxRows)
  const end = start + part.length
  return end < items.length ? {items: part, nextPageToken: pageToken(end)} : {items: part}
}

function tokenStart(token: string): number {
  const match = /^row:(\d+)$/.exec(Buffer.from(token, 'base64url').toString())
  if (!match) throw invalid(`Invalid value for pageToken: ${token}`)
  return Number(match[1])
}

function wholeNumber(name: string, given: unknown, fallback: number): number {
  if (given === undefined || given === null || given === '') return fallback
  const value = Number(given)
  if (!Number.isInteger(value) || value < 0) throw invalid(`Invalid value for ${name}: ${String(given)}`)
  return value
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 8
  if (typeof value !== 'object' || value === null) return 10
  let size = 2
  for (const part of Object.values(value)) size += sizeOf(part)
  return size
}
