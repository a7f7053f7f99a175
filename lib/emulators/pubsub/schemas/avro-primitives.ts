import type {AvroReader} from './avro-reader.ts'

/** One type of an Avro schema. */
export interface AvroType {
  /** How a branch of a union is called in JSON. */
  readonly name: string
  /** Throws unless a JSON value is one of the type. */
  checkJson(value: unknown, path: string): void
  /** Reads a value; throws unless the bytes hold one. */
  read(bytes: AvroReader): void
}

/** Throws unless a JSON value is bytes as Avro writes them. */
export function checkBytes(value: unknown, path: string): void {
  if (typeof value !== 'string' || /[^\0-\xff]/.test(value))
    throw new Error(`${path} must be bytes, as a text of code points to 255`)
}

function primitive(name: string, isOne: (value: unknown) => boolean, read: (bytes: AvroReader) => unknown): AvroType {
  return {
    name,
    checkJson(value, path) {
      if (!isOne(value)) throw new Error(`${path} must be ${name}`)
    },
    read: bytes => void read(bytes),
  }
}

const isInteger = (value: unknown, bits: number) =>
  Number.isInteger(value) && (value as number) >= -(2 ** (bits - 1)) && (value as number) < 2 ** (bits - 1)

/** The types that need no definition. */
export const PRIMITIVES: Readonly<Record<string, AvroType>> = {
  null: primitive(
    'null',
    value => value === null,
    () => {},
  ),
  boolean: primitive(
    'boolean',
    value => typeof value === 'boolean',
    bytes => bytes.boolean(),
  ),
  int: primitive(
    'int',
    value => isInteger(value, 32),
    bytes => bytes.int(),
  ),
  long: primitive(
    'long',
    value => isInteger(value, 64),
    bytes => bytes.long(),
  ),
  float: primitive(
    'float',
    value => typeof value === 'number',
    bytes => bytes.skip(4),
  ),
  double: primitive(
    'double',
    value => typeof value === 'number',
    bytes => bytes.skip(8),
  ),
  bytes: {name: 'bytes', checkJson: checkBytes, read: bytes => bytes.skip(bytes.int())},
  string: primitive(
    'string',
    value => typeof value === 'string',
    bytes => bytes.text(bytes.int()),
  ),
}
