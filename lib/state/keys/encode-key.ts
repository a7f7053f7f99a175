import {isWellFormed} from '../../util/index.ts'
import {keyError, UNENCODABLE} from './key-error.ts'
import {ESCAPE, TAGS, ZERO_LENGTH} from './key-tags.ts'
import {MAX_DEPTH, plainKind, sortedNames} from './plain-kind.ts'

/** What is being encoded, until it is copied out. */
let buffer = Buffer.allocUnsafeSlow(1024)
let at = 0

/**
 * The canonical bytes of a key: two values have the same exactly if `keyOf` gives them the same. As bytes keys sort by kind (in the order of
 * {@link TAGS}), numbers, BigInts and Dates by value, strings by code points, arrays part by part.
 *
 * @throws {SluiceError} `ERR_SLUICE_KEY`, as `keyOf`
 */
export function encodeKey(value: unknown): Buffer {
  // a getter of a key may encode another one
  const start = at
  try {
    putPart(value, 0)
    return Buffer.copyBytesFrom(buffer, start, at - start)
  } catch (error) {
    throw error === UNENCODABLE ? keyError(value) : error
  } finally {
    at = start
  }
}

function putPart(value: unknown, depth: number): void {
  switch (typeof value) {
    case 'string':
      return putString(value)
    case 'number':
      return putNumber(TAGS.number, value)
    case 'bigint':
      return putBigInt(value)
    case 'boolean':
      return putByte(value ? TAGS.true : TAGS.false)
    case 'undefined':
      return putByte(TAGS.undefined)
    case 'object':
      return value === null ? putByte(TAGS.null) : putObject(value, depth)
    default:
      throw UNENCODABLE
  }
}

function putObject(value: object, depth: number): void {
  if (depth >= MAX_DEPTH) throw UNENCODABLE
  switch (plainKind(value)) {
    case 'array':
      putByte(TAGS.array)
      for (let i = 0; i < (value as unknown[]).length; i++) putPart((value as unknown[])[i], depth + 1)
      return putByte(TAGS.end)
    case 'object': {
      const fields = value as Readonly<Record<string, unknown>>
      putByte(TAGS.object)
      for (const name of sortedNames(fields)) {
        putString(name)
        putPart(fields[name], depth + 1)
      }
      return putByte(TAGS.end)
    }
    case 'date': {
      const time = (value as Date).getTime()
      if (Number.isNaN(time)) throw UNENCODABLE
      return putNumber(TAGS.date, time)
    }
    case 'bytes': {
      const {buffer, byteOffset, byteLength} = value as Uint8Array
      return putEscaped(TAGS.bytes, Buffer.from(buffer, byteOffset, byteLength))
    }
    default:
      throw UNENCODABLE
  }
}

function putByte(byte: number): void {
  need(1)
  buffer[at++] = byte
}

function putNumber(tag: number, value: number): void {
  need(9)
  buffer[at] = tag
  // -0 is 0, and there is one NaN
  buffer.writeDoubleBE(value === 0 ? 0 : value, at + 1)
  if (buffer[at + 1]! < 0x80 || Number.isNaN(value)) buffer[at + 1]! |= 0x80
  else for (let i = 1; i <= 8; i++) buffer[at + i]! ^= 0xff
  at += 9
}

function putBigInt(value: bigint): void {
  const digits = (value < 0n ? -value : value).toString(16)
  const magnitude = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex')
  need(5 + magnitude.length)
  buffer[at] = TAGS.bigint
  buffer.writeUInt32BE(ZERO_LENGTH + (value < 0n ? -magnitude.length : magnitude.length), at + 1)
  for (let i = 0; i < magnitude.length; i++) buffer[at + 5 + i] = value < 0n ? ~magnitude[i]! : magnitude[i]!
  at += 5 + magnitude.length
}

function putString(value: string): void {
  if (!isWellFormed(value)) return putEscaped(TAGS.brokenString, Buffer.from(value, 'utf16le').swap16())
  if (value.includes('\0')) return putEscaped(TAGS.string, Buffer.from(value))
  // no UTF-16 code unit takes more than three bytes
  need(value.length * 3 + 2)
  buffer[at++] = TAGS.string
  at += buffer.write(value, at)
  buffer[at++] = TAGS.end
}

function putEscaped(tag: number, bytes: Uint8Array): void {
  need(bytes.length * 2 + 2)
  buffer[at++] = tag
  for (const byte of bytes) {
    buffer[at++] = byte
    if (byte === TAGS.end) buffer[at++] = ESCAPE
  }
  buffer[at++] = TAGS.end
}

function need(bytes: number): void {
  if (at + bytes <= buffer.length) return
  const larger = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, at + bytes))
  buffer.copy(larger, 0, 0, at)
  buffer = larger
}
