import type {Duplex, Readable, Writable} from 'node:stream'
import {finished} from 'node:stream/promises'

/** Adds an error listener of the library's own: it does not count towards Node's warning about a possible leak. */
export function onError(stream: NodeJS.EventEmitter, heard: (error: Error) => void): void {
  allowOneMore(stream)
  stream.on('error', heard)
}

/** Node's `finished()`, likewise not counted: many branches may wait for one sink. */
export function whenFinished(stream: Readable | Writable | Duplex, options?: {writable: boolean}): Promise<void> {
  allowOneMore(stream)
  return finished(stream, options)
}

function allowOneMore(stream: NodeJS.EventEmitter): void {
  const limit = stream.getMaxListeners()
  if (limit > 0) stream.setMaxListeners(limit + 1)
}
