import {randomUUID} from 'node:crypto'
import type {Readable} from 'node:stream'
import {type Bundle, nodeOptions, Source, type StageOptions} from '../../core/index.ts'
import {badOption, integerOption, messageOf, SluiceError} from '../../errors/index.ts'
import {lineBundles, offsetBundles} from '../../files/index.ts'
import {DEFAULT_MAX_LINE_BYTES, LineSplitter} from '../../formats/index.ts'
import {onAbort} from '../../util/index.ts'

/** Options of {@link readFromStdin}. */
export interface StdinReadOptions extends StageOptions {
  /** Where the bytes come from, default `process.stdin`. */
  stream?: Readable
  /** Lines to leave out at the beginning, default 0. */
  skipHeaderLines?: number
  /** Longest line in bytes, default 64 MiB; a longer one fails the run. */
  maxLineBytes?: number
}

class StdinSource extends Source<string> {
  readonly #input: Readable
  readonly #splitter: LineSplitter
  /** Every run has its own: the same offset of another run's input is another line. */
  readonly #prefix = `stdin#${randomUUID()}`

  constructor(stage: StageOptions, where: string, input: Readable, splitter: LineSplitter) {
    super(stage)
    if (!this.info.named) this.info.name = where
    this.#input = input
    this.#splitter = splitter
  }

  override async *bundles(signal: AbortSignal): AsyncGenerator<Bundle<string>> {
    // Otherwise a keyboard that says nothing more would keep the process alive.
    const forget = onAbort(signal, () => this.#input.destroy())
    try {
      for await (const chunk of this.#input) {
        const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer)
        yield* lineBundles(this.#prefix, this.#splitter, bytes)
      }
      const {values, offsets} = this.#splitter.end()
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
 * A line is handed on as soon as it is complete: typed at a terminal it comes out at once, though nothing follows. Lines
 * end as for `readFromText`. Ids begin with a prefix that is another in every run, since nobody can tell whether the
 * input is the same. When a sink behind it takes no more (`| head`), the input is closed.
 *
 * Each line is emitted once, as a string; what another process wrote cannot be read again after a failure.
 *
 * @param options `stream` (`process.stdin`), `skipHeaderLines` (0), `maxLineBytes` (64 MiB), and `name`, `highWaterMark`
 * (1,000 values), `signal`, `logger`.
 * @throws At construction `ERR_SLUICE_OPTION`; while it runs `ERR_SLUICE_STDIO`, `ERR_SLUICE_ENCODING`, `ERR_SLUICE_READ`.
 * @example
 * await pipeline(readFromStdin(), filter(line => line.includes('ERROR')), writeToStdout())
 */
export function readFromStdin(options: StdinReadOptions = {}): Source<string> {
  const where = 'readFromStdin'
  nodeOptions(where, options, ['stream', 'skipHeaderLines', 'maxLineBytes'])
  const {stream = process.stdin, skipHeaderLines, maxLineBytes, ...stage} = options
  if (typeof (stream as Readable | null)?.pipe !== 'function' || stream.readableObjectMode)
    throw badOption(where, 'stream', stream, 'a Readable of bytes')
  const splitter = new LineSplitter({
    file: 'standard input',
    skipHeaderLines: integerOption(where, 'skipHeaderLines', skipHeaderLines, 0, 0),
    maxLineBytes: integerOption(where, 'maxLineBytes', maxLineBytes, DEFAULT_MAX_LINE_BYTES, 1),
  })
  return new StdinSource(stage, where, stream, splitter)
}
