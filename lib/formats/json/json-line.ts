import {messageOf} from '../../errors/index.ts'
import {fieldName, fieldPath, type PathStep} from './field-path.ts'
import {isPlainJson, type JsonForm, jsonForm} from './json-forms.ts'

/** The error for a value that has no form in JSON, or contains one. */
export class NotJson extends Error {
  /** `items[2].price`; '' for the value itself. */
  readonly path: string
  /** What is wrong with it, without the path. */
  readonly problem: string

  constructor(steps: readonly PathStep[], problem: string) {
    super(`${fieldName(steps)} ${problem}`)
    this.path = fieldPath(steps)
    this.problem = problem
  }
}

/**
 * A value as one line of JSON, without line end. BigInts are written as digits. What `JSON.stringify` would silently turn
 * into null or `{}`, or omit, throws a {@link NotJson} with its path: see `jsonForm`.
 */
export function jsonLine(value: unknown): string {
  return jsonLineFor(value, noProblem)
}

/** The same for a target that does not accept every BigInt: `problemOf` returns what is wrong with one. */
export function jsonLineFor(value: unknown, problemOf: (value: bigint) => string | undefined): string {
  let plain = false
  try {
    plain = isPlainJson(value)
  } catch {
    // a getter that throws: the writer reports which
  }
  return plain ? JSON.stringify(value) : new JsonWriter(problemOf).write(value)
}

function noProblem(): undefined {}

/** An array or object that is being written. */
interface Level {
  readonly holder: object
  /** Keys of an object; undefined for an array. */
  readonly keys: readonly string[] | undefined
  readonly size: number
  at: number
  begun: boolean
}

/** Writes a value according to the table. It does not recurse: values may be nested deeply. */
class JsonWriter {
  readonly #levels: Level[] = []
  readonly #open = new Set<object>()
  #text = ''
  readonly #problemOf: (value: bigint) => string | undefined

  constructor(problemOf: (value: bigint) => string | undefined) {
    this.#problemOf = problemOf
  }

  write(value: unknown): string {
    this.#value(value)
    for (let level = this.#levels.at(-1); level; level = this.#levels.at(-1)) {
      if (level.at === level.size) this.#close(level)
      else if (level.keys) this.#field(level, level.keys[level.at]!)
      else this.#item(level)
    }
    return this.#text
  }

  #item(level: Level): void {
    if (level.at > 0) this.#text += ','
    const items = level.holder as unknown[]
    if (items[level.at] === undefined && !Object.hasOwn(items, level.at)) this.#refuse('is an empty slot of an array')
    this.#value(items[level.at])
  }

  #field(level: Level, key: string): void {
    let value: unknown
    try {
      value = (level.holder as Record<string, unknown>)[key]
    } catch (error) {
      this.#refuse(`has a getter that threw: ${messageOf(error)}`)
    }
    // toJSON() returned `this`
    if (value === undefined || (key === 'toJSON' && typeof value === 'function')) {
      level.at++
      return
    }
    this.#text += `${level.begun ? ',' : ''}${JSON.stringify(key)}:`
    level.begun = true
    this.#value(value)
  }

  /** Writes a scalar, or opens an array or object. */
  #value(given: unknown): void {
    const level = this.#levels.at(-1)
    let value = given
    let form = this.#form(value, level ? String(level.keys?.[level.at] ?? level.at) : '')
    // the result of toJSON(), a boxed primitive, or both
    while ('instead' in form) {
      value = form.instead
      form = this.#form(value, undefined)
    }
    if ('refusal' in form) this.#refuse(form.refusal)
    const problem = typeof value === 'bigint' ? this.#problemOf(value) : undefined
    if (problem) this.#refuse(problem)
    if ('text' in form) {
      this.#text += form.text
      this.#step()
      return
    }
    const holder = value as object
    if (this.#open.has(holder)) this.#refuse('contains itself')
    this.#open.add(holder)
    const keys = 'fields' in form ? Object.keys(form.fields) : undefined
    this.#text += keys ? '{' : '['
    this.#levels.push({holder, keys, size: keys?.length ?? (holder as unknown[]).length, at: 0, begun: false})
  }

  #form(value: unknown, key: string | undefined): JsonForm {
    try {
      return jsonForm(value, key)
    } catch (error) {
      this.#refuse(`cannot be read: ${messageOf(error)}`)
    }
  }

  #close({holder, keys}: Level): void {
    this.#text += keys ? '}' : ']'
    this.#open.delete(holder)
    this.#levels.pop()
    this.#step()
  }

  #step(): void {
    const level = this.#levels.at(-1)
    if (level) level.at++
  }

  #refuse(problem: string): never {
    throw new NotJson(
      this.#levels.map(({keys, at}) => keys?.[at] ?? at),
      problem,
    )
  }
}
