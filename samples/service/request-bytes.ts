import type {IncomingMessage} from 'node:http'
import {Readable} from 'node:stream'
import {HttpProblem} from './http-problem.ts'

export interface RequestLimits {
  /** Most bytes of the body, as received. */
  maxBytes: number
  /** How long a client may send nothing while the body is being read, ms. */
  idleTimeout: number
}

/**
 * The body of a request, within limits and with backpressure. Destroying it leaves the request open, so that it can still be
 * answered; whatever the client goes on sending is discarded.
 */
export class RequestBytes extends Readable {
  readonly #request: IncomingMessage
  readonly #limits: RequestLimits
  #taken = 0
  #idle: NodeJS.Timeout | undefined

  constructor(request: IncomingMessage, limits: RequestLimits) {
    super()
    this.#request = request
    this.#limits = limits
    request.pause().on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onGone).on('close', this.#onGone)
  }

  override _read(): void {
    const {idleTimeout} = this.#limits
    this.#idle ??= setTimeout(
      () => this.destroy(new HttpProblem(408, 'IDLE', `nothing was sent for ${idleTimeout} ms`)),
      idleTimeout,
    )
    this.#request.resume()
  }

  #stopIdling(): void {
    clearTimeout(this.#idle)
    this.#idle = undefined
  }

  #onData = (chunk: Buffer): void => {
    this.#stopIdling()
    const {maxBytes} = this.#limits
    this.#taken += chunk.length
    if (this.#taken > maxBytes) this.destroy(tooLarge(maxBytes))
    else if (!this.push(chunk)) this.#request.pause()
  }

  #onEnd = (): void => {
    this.#stopIdling()
    if (this.#taken === 0) this.destroy(new HttpProblem(400, 'EMPTY', 'the body is empty; send CSV with a header'))
    else this.push(null)
  }

  #onGone = (): void => {
    if (!this.#request.complete) this.destroy(clientGone())
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stopIdling()
    this.#request.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onGone)
    this.#request.resume()
    done(error)
  }
}

export function tooLarge(maxBytes: number): HttpProblem {
  return new HttpProblem(413, 'TOO_LARGE', `the body is larger than ${maxBytes} bytes`)
}

export function clientGone(): HttpProblem {
  return new HttpProblem(499, 'CLIENT_GONE', 'the client has closed the connection')
}
