import type {Readable} from 'node:stream'
import {messageOf, SluiceError} from '../../errors/index.ts'
import {onAbort} from '../../util/index.ts'

/** True for a stream of bytes, as opposed to one in object mode. */
export function isByteStream(given: unknown): given is Readable {
  return typeof (given as Readable | null)?.pipe === 'function' && !(given as Readable).readableObjectMode
}

/** The name of a byte stream in errors. */
export function streamName(stream: Readable): string {
  return stream === process.stdin ? 'standard input' : 'the input stream'
}

/**
 * The bytes of a stream. The stream is destroyed when `signal` aborts, so that an idle terminal does not keep the process
 * alive.
 */
export async function* streamBytes(stream: Readable, signal: AbortSignal): AsyncGenerator<Buffer> {
  const forget = onAbort(signal, () => stream.destroy())
  try {
    for await (const chunk of stream) yield typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer)
  } catch (cause) {
    signal.throwIfAborted()
    throw new SluiceError(
      'ERR_SLUICE_READ',
      `${streamName(stream)} could not be read to its end: ${messageOf(cause)}`,
      {cause},
    )
  } finally {
    forget()
  }
}
