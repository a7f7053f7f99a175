import {ApiError} from '../../service/api-error.ts'
import {replaceJsonTokens} from '../../service/json-tokens.ts'
import type {ServiceReply, ServiceRequest} from '../../service/service.ts'
import {invalid} from '../model/errors.ts'

/** One row of an insertAll request. */
export interface InsertRow {
  insertId?: string
  json?: unknown
}

export interface InsertRequest {
  rows: InsertRow[]
  skipInvalidRows: boolean
  ignoreUnknownValues: boolean
  templateSuffix: string | undefined
  /** Size of the whole request. */
  bytes: number
}

const MAX_PAYLOAD = 10_485_760
const FRONT_END_LIMIT = 20 * 2 ** 20
const READ_LIMIT = 256 * 2 ** 20
const MAX_ROWS = 50_000
const MAX_INSERT_ID = 128

/** Requests that are far too big are answered by BigQuery's front end, in HTML. */
const TOO_LARGE: ServiceReply = {
  status: 413,
  headers: {'content-type': 'text/html; charset=UTF-8'},
  body: '<!DOCTYPE html>\n<html lang=en><title>Error 413 (Request Entity Too Large)!!1</title>\n<p><b>413.</b> Your client issued a request that was too large.\n',
}

/** Reads and checks an insertAll request; gives a reply instead when the front end refuses it. */
export async function readInsertRequest(request: ServiceRequest): Promise<InsertRequest | {reply: ServiceReply}> {
  const body = await request.body(READ_LIMIT)
  if (body.length > FRONT_END_LIMIT) return {reply: TOO_LARGE}
  if (body.length > MAX_PAYLOAD) throw badRequest(`Request payload size exceeds the limit: ${MAX_PAYLOAD} bytes.`)
  const given = parseExact(body.toString()) as Record<string, unknown>
  const rows = given.rows as InsertRow[] | undefined
  if (!Array.isArray(rows) || rows.length === 0) throw invalid('No rows present in the request.')
  if (rows.length > MAX_ROWS)
    throw invalid(`Too many rows present in the request, limit: ${MAX_ROWS} row count: ${rows.length}.`)
  for (const [index, row] of rows.entries()) {
    if (typeof row !== 'object' || row === null) throw invalid(`rows[${index}] is not an object.`)
    const id = row.insertId
    if (id === undefined || id === null) continue
    if (typeof id !== 'string') throw invalid(`rows[${index}].insertId must be a string.`)
    if (id.length > MAX_INSERT_ID)
      throw invalid(`The insertId of row ${index} has ${id.length} characters; the limit is ${MAX_INSERT_ID}.`)
  }
  return {
    rows,
    skipInvalidRows: given.skipInvalidRows === true,
    ignoreUnknownValues: given.ignoreUnknownValues === true,
    templateSuffix: typeof given.templateSuffix === 'string' && given.templateSuffix ? given.templateSuffix : undefined,
    bytes: body.length,
  }
}

/** JSON.parse rounds integers beyond 2^53; BigQuery does not, so those are handed on as strings. */
function parseExact(text: string): unknown {
  const source = /\d{16}/.test(text)
    ? replaceJsonTokens(text, token => (/^-?\d{16,}$/.test(token) ? `"${token}"` : token))
    : text
  try {
    const value = JSON.parse(source) as unknown
    if (typeof value === 'object' && value !== null) return value
  } catch {}
  throw new ApiError(400, 'parseError', 'Parse Error')
}

function badRequest(message: string): ApiError {
  return new ApiError(400, 'badRequest', message)
}
