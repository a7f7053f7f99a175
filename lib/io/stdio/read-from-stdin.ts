import {randomUUID} from 'node:crypto'
import type {Readable} from 'node:stream'
import {type Bundle, nodeOptions, Source, type StageOptions, stageDescriptor, stageOptionsOf} from '../../core/index.ts'
import {badOption, messageOf, SluiceError} from '../../errors/index.ts'
import {lineBundles, offsetBundles} from '../../files/index.ts'
import {
  checkTextOptions,
  TEXT_OPTION_NAMES,
  type TextOptions,
  type TextSplitter,
  textSplitter,
  Utf8Notice,
} from '../../formats/index.ts'
import {onAbort} from '../../util/index.ts'

/** Options of {@link readFromStdin}. */
export interface StdinReadOptions extends StageOptions, TextOptions {
  /** The stream of bytes; default `process.stdin`. */
  stream?: Readable | undefined
}

class StdinSource extends Source<string> {
  readonly #input: Readable
  readonly #splitter: TextSplitter
  readonly #notice = new Utf8Notice(this.info, 'Convert it first: … | iconv -f LATIN1 -t UTF-8 | …')
  /** Unique to the run: the same offset of another run is another line. */
  readonly #prefix = `stdin#${randomUUID()}`

  constructor(stage: StageOptions, where: string, input: Readable, splitter: TextSplitter) {
    super(stage, stageDescriptor({defaultName: where}))
    this.#input = input
    this.#splitter = splitter
  }

  override async *bundles(signal: AbortSignal): AsyncGenerator<Bundle<string>> {
    // otherwise a silent terminal would keep the process alive
    const forget = onAbort(signal, () => this.#input.destroy())
    try {
      const lines = this.#notice.on(this.#splitter, 'standard input')
      for await (const chunk of this.#input) {
        const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer)
        yield* lineBundles(this.#prefix, lines, bytes)
      }
      const {values, offsets} = lines.end()
      yield* offsetBundles(this.#prefix, values, offsets)
    } catch (cause) {
      signal.throwIfAborted()
      if (cause instanceof SluiceError) throw cause
      throw new SluiceError('ERR_SLUICE_STDIO', `standard input could not be read to its end: ${messageOf(cause)}`, {
        cause,
      })
    } finally {
      forget()
    }
  }
}

/**
 * Reads the lines of standard input, or of another byte stream.
 *
 * A line is emitted as soon as it is complete, so a line typed at a terminal comes out at once. Lines end as for
 * `readFromText`, or with a `delimiter`; bytes that are not UTF-8 become U+FFFD, with one warning. Ids have a different prefix in
 * every run, since the input may be another. When the reader of a sink downstream goes away (`| head`), the input is closed.
 *
 * Each line is emitted once, as a string; input cannot be read again after a failure.
 *
 * @param options `stream` (`process.stdin`), `skipHeaderLines` (0), `maxLineBytes` (64 MiB), `delimiter` (`\n` or `\r\n`),
 * `escape` (none), and `name`, `highWaterMark` (1,000 values), `signal`, `logger`.
 * @throws At construction `ERR_SLUICE_OPTION`; while it runs `ERR_SLUICE_STDIO`, `ERR_SLUICE_ENCODING`, `ERR_SLUICE_READ`.
 * @example
 * await chain(readFromStdin(), filter(line => line.includes('ERROR')), writeToStdout())
 */
export function readFromStdin(options: StdinReadOptions = {}): Source<string> {
  const where = 'readFromStdin'
  nodeOptions(where, options, ['stream', ...TEXT_OPTION_NAMES])
  const {stream = process.stdin} = options
  if (typeof (stream as Readable | null)?.pipe !== 'function' || stream.readableObjectMode)
    throw badOption(where, 'stream', stream, 'a Readable of bytes')
  const splitter = textSplitter('standard input', checkTextOptions(where, options), true)
  return new StdinSource(stageOptionsOf(options), where, stream, splitter)
}
