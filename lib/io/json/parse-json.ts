import {isUtf8} from 'node:buffer'
import {
  CALL_KIND,
  type CallKind,
  type DeadLetter,
  DO_FN_OPTION_NAMES,
  DoFn,
  type DoFnOptions,
  type OnError,
  type ProcessResult,
  STAGE_OPTION_NAMES,
} from '../../core/index.ts'
import {checkOptionNames, enumOption, show} from '../../errors/index.ts'
import {JSON_NUMBERS, type JsonNumbers, jsonValue} from '../../formats/index.ts'
import {parseText} from './parse-text.ts'

/** Options of {@link parseJson}: its own and those of every DoFn. */
export interface JsonParseOptions<Tag extends string = never> extends Omit<DoFnOptions, 'onError'> {
  /**
   * The content of a text. `'value'` (default): one value. `'lines'`: a value on each line; blank ones are skipped. `'array'`: an
   * array, whose elements are the values.
   */
  format?: 'value' | 'lines' | 'array' | undefined
  /** How to read numbers that a JavaScript number cannot hold exactly, as by {@link readFromJson}: `'exact'` (default), `'text'`, `'double'`. */
  numbers?: JsonNumbers | undefined
  /** What happens to a text that is not JSON, or has a number that would be rounded: 'fail' (default), 'nack' (messages only) or `deadLetter('tag')`. */
  onError?: OnError<Tag> | undefined
}

type Text = string | Uint8Array

const WHERE = 'parseJson'

class ParseJson<T, Tags extends object> extends DoFn<Text, T, Tags> {
  static override readonly name = WHERE
  readonly #numbers: JsonNumbers

  constructor(options: DoFnOptions, numbers: JsonNumbers) {
    super(options)
    this.#numbers = numbers
  }

  override process(given: Text): ProcessResult<T> {
    return oneValue(textOf(given), this.#numbers) as ProcessResult<T>
  }

  override get [CALL_KIND](): CallKind {
    return 'map'
  }
}

/** The values of a text that holds several. */
class ParseJsonList<T, Tags extends object> extends DoFn<Text, T, Tags> {
  static override readonly name = WHERE
  readonly #valuesOf: (text: string, numbers: JsonNumbers) => unknown[]
  readonly #numbers: JsonNumbers

  constructor(options: DoFnOptions, numbers: JsonNumbers, valuesOf: (text: string, numbers: JsonNumbers) => unknown[]) {
    super(options)
    this.#numbers = numbers
    this.#valuesOf = valuesOf
  }

  override process(given: Text): ProcessResult<T> {
    return this.#valuesOf(textOf(given), this.#numbers) as T[]
  }
}

function oneValue(text: string, numbers: JsonNumbers): unknown {
  const value = jsonValue(text, numbers)
  if (value === null) throw new TypeError('null cannot be an element: a stream cannot carry it')
  return value
}

function lineValues(text: string, numbers: JsonNumbers): unknown[] {
  const values: unknown[] = []
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const parsed = parseText(line, 'line', numbers)
    if (parsed.error !== undefined) throw new SyntaxError(`line ${i + 1}: ${parsed.error}`)
    values.push(parsed.value)
  }
  return values
}

function arrayElements(text: string, numbers: JsonNumbers): unknown[] {
  const values = jsonValue(text, numbers)
  if (!Array.isArray(values)) throw new TypeError(`${show(values)} is not an array`)
  const at = values.indexOf(null)
  if (at >= 0) throw new TypeError(`element ${at} is null, which a stream cannot carry`)
  return values
}

function textOf(given: Text): string {
  if (typeof given === 'string') return given
  if (!ArrayBuffer.isView(given)) throw new TypeError('parseJson takes strings and bytes')
  if (!isUtf8(given)) throw new TypeError('the bytes are not UTF-8')
  return Buffer.from(given.buffer, given.byteOffset, given.byteLength).toString()
}

/**
 * A DoFn that parses each string (or bytes, such as the data of a message) as one JSON value, or as several.
 *
 * One value keeps its element's id, timestamp and lease; several (`format: 'lines'` or `'array'`) have its timestamp and lease,
 * and its id with `.0`, `.1` and so on. A text that is not JSON, is `null` or not UTF-8, or has a number that would be rounded (`numbers`),
 * fails the run, or is the `element` of a dead letter, depending on `onError`.
 *
 * @typeParam T The type of a value, not checked at run time. Default `unknown`.
 * @param options `format` (`'value'`, `'lines'`, `'array'`), `numbers` (`'exact'`), `onError` (`'fail'`), and `name`, `highWaterMark` (1,000 values), `signal`, `logger`.
 * @throws `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_PROCESS` when a text is not JSON and `onError` is `'fail'`.
 * @example
 * const parse = parseJson({onError: deadLetter('bad')})
 * parse.tagged('bad').pipe(writeToStdout({stream: process.stderr}))
 * await chain(readFromStdin(), parse, writeToStdout())
 */
export function parseJson<T = unknown, const Tag extends string = never>(
  options?: JsonParseOptions<Tag>,
): DoFn<Text, T, {[K in Tag]: DeadLetter<Text>}> {
  checkOptionNames(WHERE, options, ['format', 'numbers', ...DO_FN_OPTION_NAMES, ...STAGE_OPTION_NAMES])
  const {format, numbers: reading, ...given} = options ?? {}
  const numbers = enumOption(WHERE, 'numbers', reading, 'exact', JSON_NUMBERS)
  const form = enumOption(WHERE, 'format', format, 'value', ['value', 'lines', 'array'])
  if (form === 'value') return new ParseJson<T, {[K in Tag]: DeadLetter<Text>}>(given as DoFnOptions, numbers)
  return new ParseJsonList<T, {[K in Tag]: DeadLetter<Text>}>(
    given as DoFnOptions,
    numbers,
    form === 'lines' ? lineValues : arrayElements,
  )
}
