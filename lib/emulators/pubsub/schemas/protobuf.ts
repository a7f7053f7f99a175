import type {Enum, Field, Type} from 'protobufjs'
import {messageOf} from '../../../errors/index.ts'
import {invalid} from '../wire/grpc-code.ts'
import type {MessageSchema} from './message-schema.ts'

/** The package that parses the definitions; it comes with the one that loads the protos. */
export type Protobuf = typeof import('protobufjs')

/** Parses a definition in the language of Protocol Buffers; `INVALID_ARGUMENT` says what is wrong with it. */
export function parseProtobuf(definition: string, protobuf: Protobuf): MessageSchema {
  const type = rootType(definition, protobuf)
  return {
    checkJson: text => checkMessage(type, JSON.parse(text), '$', protobuf),
    checkBinary(bytes) {
      // the reader of Buffers does not mind a text that ends too early
      const problem = type.verify(type.decode(new protobuf.Reader(new Uint8Array(bytes))))
      if (problem) throw new Error(problem)
    },
  }
}

function rootType(definition: string, protobuf: Protobuf): Type {
  try {
    const {root, package: name, imports, weakImports} = protobuf.parse(definition, {keepCase: true})
    if ((imports ?? weakImports ?? []).length > 0) throw new Error('a definition cannot import others')
    root.resolveAll()
    const space = name ? root.lookup(name) : root
    const types = (space instanceof protobuf.Namespace ? space.nestedArray : []).filter(
      one => one instanceof protobuf.Type,
    )
    if (types.length !== 1) throw new Error(`it must have one message at its top level, and has ${types.length}`)
    return types[0] as Type
  } catch (error) {
    throw invalid(`Invalid schema definition: ${messageOf(error)}.`)
  }
}

function checkMessage(type: Type, value: unknown, path: string, protobuf: Protobuf): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${path} must be an object`)
  const known = new Map<string, Field>()
  for (const field of type.fieldsArray) {
    known.set(field.name, field)
    known.set(protobuf.util.camelCase(field.name), field)
  }
  const given = new Set<Field>()
  for (const [name, item] of Object.entries(value)) {
    const field = known.get(name)
    if (!field) throw new Error(`${path} has the field '${name}', which the schema has not`)
    given.add(field)
    if (item !== null) checkField(field, item, `${path}.${name}`, protobuf)
  }
  const missing = type.fieldsArray.find(field => field.required && !given.has(field))
  if (missing) throw new Error(`${path} lacks the field '${missing.name}'`)
}

function checkField(field: Field, value: unknown, path: string, protobuf: Protobuf): void {
  if (field.map) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Error(`${path} must be an object`)
    for (const [key, item] of Object.entries(value)) checkValue(field, item, `${path}.${key}`, protobuf)
  } else if (field.repeated) {
    if (!Array.isArray(value)) throw new Error(`${path} must be an array`)
    for (const [i, item] of value.entries()) checkValue(field, item, `${path}[${i}]`, protobuf)
  } else checkValue(field, value, path, protobuf)
}

function checkValue(field: Field, value: unknown, path: string, protobuf: Protobuf): void {
  const {resolvedType} = field
  if (resolvedType instanceof protobuf.Type) return checkMessage(resolvedType, value, path, protobuf)
  const isOne = resolvedType ? isSymbol(resolvedType as Enum, value) : isScalar(field.type, value)
  if (!isOne) throw new Error(`${path} must be ${field.type}`)
}

function isSymbol({values}: Enum, value: unknown): boolean {
  return typeof value === 'string' ? Object.hasOwn(values, value) : Number.isInteger(value)
}

/** As the mapping of Protocol Buffers to JSON says: numbers may be texts, integers of 64 bits are. */
function isScalar(type: string, value: unknown): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string'
    case 'bool':
      return typeof value === 'boolean'
    case 'bytes':
      return typeof value === 'string' && /^[A-Za-z0-9+/_-]*={0,2}$/.test(value)
    case 'double':
    case 'float':
      return (
        typeof value === 'number' ||
        (typeof value === 'string' && (/^-?(Infinity)$|^NaN$/.test(value) || isFiniteText(value)))
      )
    default:
      return Number.isInteger(value) || (typeof value === 'string' && /^-?\d{1,20}$/.test(value))
  }
}

function isFiniteText(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text))
}
