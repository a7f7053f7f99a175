/**
 * The encoding of keys: a tag for each part, in the order in which keys sort as bytes, and what follows it.
 * {@link TAGS.end} ends strings, bytes, arrays and objects: keys that follow each other can be told apart.
 */
export const TAGS = {
  end: 0x00,
  undefined: 0x01,
  null: 0x02,
  false: 0x03,
  true: 0x04,
  /** Eight bytes: the IEEE 754 bits, big-endian; the sign bit is flipped, for negative numbers all bits are. */
  number: 0x05,
  /** The length in four bytes, plus 2^31 (less, for negative integers), then the magnitude, big-endian (inverted, if negative). */
  bigint: 0x06,
  /** Milliseconds since 1970, as a number. */
  date: 0x07,
  /** UTF-8; a byte 0 becomes 0, 255. */
  string: 0x08,
  /** A string with lone surrogates, which UTF-8 cannot hold: UTF-16, big-endian; a byte 0 becomes 0, 255. */
  brokenString: 0x09,
  /** The bytes; a byte 0 becomes 0, 255. */
  bytes: 0x0a,
  /** The parts. */
  array: 0x0b,
  /** Names, as strings, and parts in turn, in the order of the names; undefined properties are left out. */
  object: 0x0c,
} as const

/** Follows a byte 0 that does not end a string. */
export const ESCAPE = 0xff

/** What the lengths of BigInts are counted from. */
export const ZERO_LENGTH = 0x8000_0000
