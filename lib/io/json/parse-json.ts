import {isUtf8} from 'node:buffer'
import {
  type CallKind,
  type DeadLetter,
  DoFn,
  type DoFnOptions,
  type OnError,
  type ProcessResult,
} from '../../core/index.ts'

/** Options of {@link parseJson}: those of every DoFn. */
export interface JsonParseOptions<Tag extends string = never> extends Omit<DoFnOptions, 'onError'> {
  /** What happens to a text that is no JSON: 'fail' (default), 'nack' (messages only) or `deadLetter('tag')`. */
  onError?: OnError<Tag>
}

type Text = string | Uint8Array

class ParseJson<T, Tags extends object> extends DoFn<Text, T, Tags> {
  static override readonly name = 'parseJson'

  override process(given: Text): ProcessResult<T> {
    const value = JSON.parse(textOf(given))
    if (value === null) throw new TypeError('null is no element: a stream cannot carry it')
    return value as ProcessResult<T>
  }

  override get callKind(): CallKind {
    return 'map'
  }
}

function textOf(given: Text): string {
  if (typeof given === 'string') return given
  if (!ArrayBuffer.isView(given)) throw new TypeError('parseJson takes strings and bytes')
  if (!isUtf8(given)) throw new TypeError('the bytes are not UTF-8')
  return Buffer.from(given.buffer, given.byteOffset, given.byteLength).toString()
}

/**
 * A DoFn that parses each string (or bytes, such as the data of a message) as one JSON value.
 *
 * The value keeps its element's id, timestamp and lease. What is no JSON, is `null` or is not UTF-8 fails the run, or goes
 * where `onError` says, with the text as the dead letter's `element`.
 *
 * @typeParam T What a value is: not checked at run time. Default `unknown`.
 * @param options `onError` (`'fail'`), and `name`, `highWaterMark` (1,000 values), `signal`, `logger`.
 * @throws `ERR_SLUICE_OPTION` at construction; `ERR_SLUICE_PROCESS` when a text is no JSON and `onError` is `'fail'`.
 * @example
 * const parse = parseJson({onError: deadLetter('bad')})
 * parse.tagged('bad').pipe(writeToStdout({stream: process.stderr}))
 * await pipeline(readFromStdin(), parse, writeToStdout())
 */
export function parseJson<T = unknown, const Tag extends string = never>(
  options?: JsonParseOptions<Tag>,
): DoFn<Text, T, {[K in Tag]: DeadLetter<Text>}> {
  return new ParseJson<T, {[K in Tag]: DeadLetter<Text>}>(options as DoFnOptions)
}
