import {ApiError} from '../../service/api-error.ts'

/** A parsed `Content-Range` of an upload: `bytes START-END/TOTAL` with `*` for what is not known yet. */
export interface ContentRange {
  /** Offset of the first byte; undefined for `bytes *\/TOTAL`, which asks how far the upload is. */
  start: number | undefined
  /** Offset of the last byte; undefined for `*`: the body goes to the end of the object. */
  end: number | undefined
  total: number | undefined
}

/** Parses the `Content-Range` of an upload; without one the body is the whole object. */
export function contentRange(header: string | undefined): ContentRange {
  // The second is what the Node client sends for an empty object in chunks.
  if (header === undefined || header === 'bytes 0--1/0') return {start: 0, end: undefined, total: undefined}
  const match = /^bytes (?:(\d+)-(\d+|\*)|\*)\/(\d+|\*)$/.exec(header)
  const start = number(match?.[1])
  const end = number(match?.[2])
  const total = number(match?.[3])
  const isWrong = end !== undefined && (end < start! || (total !== undefined && end >= total))
  if (!match || isWrong) throw new ApiError(400, 'invalid', `Invalid Content-Range header: ${header}`)
  return {start, end, total}
}

function number(digits: string | undefined): number | undefined {
  return digits === undefined || digits === '*' ? undefined : Number(digits)
}

/** A byte range of a read: both ends included. */
interface ByteRange {
  start: number
  end: number
}

/**
 * Resolves a `Range` header against a size: undefined where the whole is served (no header, a malformed one, several
 * ranges), `'unsatisfiable'` for 416.
 */
export function byteRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '')
  if (!match || (match[1] === '' && match[2] === '')) return undefined
  const last = match[2] === '' ? undefined : Number(match[2])
  if (match[1] === '') {
    if (last === 0 || size === 0) return 'unsatisfiable'
    return {start: Math.max(0, size - last!), end: size - 1}
  }
  const start = Number(match[1])
  if (last !== undefined && last < start) return undefined
  if (start >= size) return 'unsatisfiable'
  return {start, end: Math.min(last ?? size - 1, size - 1)}
}
