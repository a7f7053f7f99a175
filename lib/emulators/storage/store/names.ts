import {ApiError} from '../../service/api-error.ts'

/** Cloud Storage's rule for bucket names, as far as it matters for folders: nothing that has a meaning to a file system. */
export function isBucketName(name: string): boolean {
  if (!/^[a-z0-9][a-z0-9._-]*[a-z0-9]$/.test(name) || name.length < 3 || name.length > 222) return false
  if (name.includes('..') || /^\d+\.\d+\.\d+\.\d+$/.test(name)) return false
  return name.split('.').every(part => part.length <= 63)
}

/** Throws a 400 for a name that Cloud Storage refuses for a new bucket. */
export function checkBucketName(name: string): void {
  const problem = bucketNameProblem(name)
  if (problem) throw new ApiError(400, 'invalid', `Invalid bucket name: '${name.slice(0, 250)}': ${problem}.`)
}

function bucketNameProblem(name: string): string | undefined {
  if (name.length < 3) return 'it has fewer than 3 characters'
  if (!name.includes('.') && name.length > 63) return 'it has more than 63 characters'
  if (name.length > 222) return 'it has more than 222 characters'
  if (!/^[a-z0-9._-]+$/.test(name))
    return 'it has characters other than lower-case letters, digits, dashes, underscores and dots'
  if (!/^[a-z0-9].*[a-z0-9]$/.test(name)) return 'it does not start and end with a letter or a digit'
  if (name.includes('..')) return 'it has two dots in a row'
  if (name.split('.').some(part => part.length > 63)) return 'it has more than 63 characters between dots'
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return 'it is an IP address'
  if (name.startsWith('goog')) return "it starts with 'goog'"
  if (/g[o0][o0]g[l1]e/.test(name)) return "it contains 'google' or a close misspelling of it"
  return undefined
}

/** Throws a 400 for a name that Cloud Storage refuses for a new object. */
export function checkObjectName(name: string): void {
  const bytes = Buffer.byteLength(name)
  let problem: string | undefined
  if (bytes === 0) problem = 'it is empty'
  else if (bytes > 1024) problem = `it has ${bytes} bytes of UTF-8, the limit is 1024`
  else if (/[\r\n]/.test(name)) problem = 'it has a line break'
  else if (name === '.' || name === '..') problem = "'.' and '..' are reserved"
  else if (name.startsWith('.well-known/acme-challenge/')) problem = "it starts with '.well-known/acme-challenge/'"
  if (problem)
    throw new ApiError(400, 'invalid', `Invalid object name ${JSON.stringify(name.slice(0, 100))}: ${problem}.`)
}

/** Decodes one segment of a request's path; 400 when its percent-encoding is broken or no UTF-8. */
export function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new ApiError(400, 'invalid', `Invalid percent-encoding in ${segment.slice(0, 100)}`)
  }
}

/** Compares two names by their UTF-8 bytes, the order in which Cloud Storage lists objects. */
export function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const x = a.charCodeAt(at)
    const y = b.charCodeAt(at)
    if (x === y) continue
    // UTF-16 and UTF-8 order differ in one place only: surrogates stand for code points above all others.
    const isHighX = x >= 0xd800 && x <= 0xdfff
    const isHighY = y >= 0xd800 && y <= 0xdfff
    return isHighX === isHighY ? x - y : isHighX ? 1 : -1
  }
  return a.length - b.length
}
