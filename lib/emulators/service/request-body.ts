import type {IncomingMessage} from 'node:http'
import {pipeline} from 'node:stream'
import {createGunzip} from 'node:zlib'
import {messageOf} from '../../errors/index.ts'
import {ApiError} from './api-error.ts'

/**
 * The body of a request, and the only way to read it. A reader may stop half-way and the connection stays usable, so that
 * the client sees the answer. A plain `for await` over the request would destroy the connection, and an iterator dropped
 * without `return()` leaves a listener behind that keeps everyone else from reading the rest.
 */
export class RequestBody implements AsyncIterable<Buffer> {
  readonly #request: IncomingMessage

  constructor(request: IncomingMessage) {
    this.#request = request
  }

  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    return this.#request.iterator({destroyOnReturn: false}) as AsyncIterator<Buffer>
  }

  /** The body with the gzip of the transport's `Content-Encoding` undone; damaged gzip is a 400. */
  decoded(): AsyncIterable<Buffer> {
    return this.#request.headers['content-encoding'] === 'gzip' ? gunzipped(this) : this
  }

  /** Cuts the connection. */
  destroy(): void {
    this.#request.destroy()
  }

  /** Whether nothing more can come. */
  get isOver(): boolean {
    const {readableEnded, destroyed, complete, readableLength} = this.#request
    return readableEnded || destroyed || (complete && readableLength === 0)
  }

  /** Reads and drops what is left; settles at the end of the body, or of the connection. */
  drained(): Promise<void> {
    if (this.isOver) return Promise.resolve()
    return new Promise(resolve => {
      const done = () => resolve()
      this.#request.once('end', done).once('close', done).once('error', done)
      // `resume()` alone has no effect while a reader is being released; a 'data' listener takes over.
      this.#request.on('data', () => {}).resume()
    })
  }
}

async function* gunzipped(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of pipeline(body, createGunzip(), () => {})) yield chunk as Buffer
  } catch (error) {
    if (!/^Z_/.test((error as NodeJS.ErrnoException).code ?? '')) throw error
    throw new ApiError(400, 'badRequest', `The gzipped request body is damaged: ${messageOf(error)}`)
  }
}
