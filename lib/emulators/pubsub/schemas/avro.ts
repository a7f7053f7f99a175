import {messageOf} from '../../../errors/index.ts'
import {invalid} from '../wire/grpc-code.ts'
import {type AvroType, checkBytes, PRIMITIVES} from './avro-primitives.ts'
import {AvroReader} from './avro-reader.ts'
import type {MessageSchema} from './message-schema.ts'

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Parses an Avro schema; `INVALID_ARGUMENT` says what is wrong with it. */
export function parseAvro(definition: string): MessageSchema {
  let type: AvroType
  try {
    type = new AvroParser().parse(JSON.parse(definition), '')
  } catch (error) {
    throw invalid(`Invalid schema definition: ${messageOf(error)}.`)
  }
  return {
    checkJson: text => type.checkJson(JSON.parse(text), '$'),
    checkBinary(bytes) {
      const reader = new AvroReader(bytes)
      type.read(reader)
      reader.end()
    },
  }
}

/** Resolves names as the specification says: in the namespace of the type around them, and types after their definition only. */
class AvroParser {
  readonly #named = new Map<string, AvroType>()

  parse(schema: unknown, namespace: string): AvroType {
    if (typeof schema === 'string') return this.#reference(schema, namespace)
    if (Array.isArray(schema)) return this.#union(schema, namespace)
    if (typeof schema !== 'object' || schema === null) throw new Error(`${JSON.stringify(schema)} is no type`)
    const given = schema as Record<string, unknown>
    switch (given['type']) {
      case 'record':
      case 'error':
        return this.#record(given, namespace)
      case 'enum':
        return this.#enum(given, namespace)
      case 'fixed':
        return this.#fixed(given, namespace)
      case 'array':
        return arrayOf(this.parse(given['items'], namespace))
      case 'map':
        return mapOf(this.parse(given['values'], namespace))
      default:
        return this.parse(given['type'], namespace)
    }
  }

  #reference(name: string, namespace: string): AvroType {
    if (Object.hasOwn(PRIMITIVES, name)) return PRIMITIVES[name]!
    const type = this.#named.get(name.includes('.') || namespace === '' ? name : `${namespace}.${name}`)
    if (!type) throw new Error(`the type '${name}' is not defined`)
    return type
  }

  #union(branches: readonly unknown[], namespace: string): AvroType {
    const types = branches.map(branch => this.parse(branch, namespace))
    const byName = new Map(types.map(type => [type.name, type]))
    if (branches.some(Array.isArray)) throw new Error('a union within a union')
    if (byName.size < types.length) throw new Error('a union names a type twice')
    return {
      name: 'union',
      checkJson(value, path) {
        if (value === null && byName.has('null')) return
        const [name, ...more] = Object.keys(objectAt(value, path))
        const branch = byName.get(name ?? '')
        if (!branch || more.length > 0)
          throw new Error(`${path} must be an object with one of the fields ${[...byName.keys()].join(', ')}`)
        branch.checkJson((value as Record<string, unknown>)[name!], `${path}.${name}`)
      },
      read(bytes) {
        const branch = types[bytes.int()]
        if (!branch) throw new Error('no such branch of a union')
        branch.read(bytes)
      },
    }
  }

  #record(given: Record<string, unknown>, namespace: string): AvroType {
    const fields: {name: string; type: AvroType}[] = []
    const type: AvroType = {
      name: '',
      checkJson(value, path) {
        const object = objectAt(value, path)
        for (const {name, type} of fields) {
          if (!Object.hasOwn(object, name)) throw new Error(`${path} lacks the field '${name}'`)
          type.checkJson(object[name], `${path}.${name}`)
        }
        const other = Object.keys(object).find(name => !fields.some(field => field.name === name))
        if (other !== undefined) throw new Error(`${path} has the field '${other}', which the schema has not`)
      },
      read(bytes) {
        for (const {type} of fields) type.read(bytes)
      },
    }
    const inner = this.#define(given, namespace, type)
    if (!Array.isArray(given['fields'])) throw new Error('a record without fields')
    for (const field of given['fields'] as Record<string, unknown>[]) {
      const name = field?.['name']
      if (typeof name !== 'string' || !NAME.test(name)) throw new Error(`'${name}' is no name of a field`)
      if (fields.some(other => other.name === name)) throw new Error(`the field '${name}' is there twice`)
      fields.push({name, type: this.parse(field['type'], inner)})
    }
    return this.#named.get(fullName(given, namespace))!
  }

  #enum(given: Record<string, unknown>, namespace: string): AvroType {
    const symbols = given['symbols']
    if (!Array.isArray(symbols) || symbols.some(one => typeof one !== 'string' || !NAME.test(one)))
      throw new Error('an enum without symbols')
    this.#define(given, namespace, {
      name: '',
      checkJson(value, path) {
        if (!symbols.includes(value)) throw new Error(`${path} must be one of ${symbols.join(', ')}`)
      },
      read(bytes) {
        if (symbols[bytes.int()] === undefined) throw new Error('no such symbol of an enum')
      },
    })
    return this.#named.get(fullName(given, namespace))!
  }

  #fixed(given: Record<string, unknown>, namespace: string): AvroType {
    const size = given['size']
    if (!Number.isSafeInteger(size) || (size as number) < 0) throw new Error('a fixed without a size')
    this.#define(given, namespace, {
      name: '',
      checkJson(value, path) {
        checkBytes(value, path)
        if ((value as string).length !== size) throw new Error(`${path} must have ${size} bytes`)
      },
      read: bytes => bytes.skip(size as number),
    })
    return this.#named.get(fullName(given, namespace))!
  }

  /** Gives a type its name; returns the namespace of names within it. */
  #define(given: Record<string, unknown>, namespace: string, type: AvroType): string {
    const name = fullName(given, namespace)
    if (!name.split('.').every(part => NAME.test(part))) throw new Error(`'${name}' is no name of a type`)
    if (this.#named.has(name)) throw new Error(`the type '${name}' is defined twice`)
    this.#named.set(name, Object.assign(type, {name}))
    return name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : ''
  }
}

function fullName(given: Record<string, unknown>, around: string): string {
  const {name, namespace = around} = given
  if (typeof name !== 'string' || typeof namespace !== 'string') throw new Error('a type without a name')
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`
}

function arrayOf(items: AvroType): AvroType {
  return {
    name: 'array',
    checkJson(value, path) {
      if (!Array.isArray(value)) throw new Error(`${path} must be an array`)
      for (const [i, item] of value.entries()) items.checkJson(item, `${path}[${i}]`)
    },
    read: bytes => bytes.blocks(() => items.read(bytes)),
  }
}

function mapOf(values: AvroType): AvroType {
  return {
    name: 'map',
    checkJson(value, path) {
      for (const [key, item] of Object.entries(objectAt(value, path))) values.checkJson(item, `${path}.${key}`)
    },
    read: bytes =>
      bytes.blocks(() => {
        bytes.skip(bytes.int())
        values.read(bytes)
      }),
  }
}

function objectAt(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new Error(`${path} must be an object`)
}
