import {randomUUID} from 'node:crypto'
import {subscribe, unsubscribe} from 'node:diagnostics_channel'
import type {ClientRequest, IncomingMessage} from 'node:http'
import {lacksToken} from '../../util/index.ts'

/** Marks a request on its way through a Google client; unknown headers are ignored by the service. */
const HEADER = 'x-sluice-request'
const CHANNEL = 'http.client.request.start'

/** Handles whose request has not been seen yet. Ids are random: two copies of the package may live in one process. */
const pending = new Map<string, HttpRequest>()

function onRequest(message: unknown): void {
  const {request} = message as {request: ClientRequest}
  const [id] = [request.getHeader(HEADER)].flat()
  if (id !== undefined) pending.get(String(id))?.attach(request)
}

/**
 * A hold on the HTTP request that a Google client makes for us. The clients give none: they neither end a request that
 * has been given up (it would keep socket and process alive) nor notice when the peer closes in the middle of a body.
 *
 * It is found by a header, on Node's own diagnostics channel for HTTP requests. If a client should use another HTTP
 * implementation, nothing is found, and time-outs do the work.
 */
export class HttpRequest {
  readonly headers: Record<string, string>
  /** Called when the connection closes before the body is complete. */
  onCut: (() => void) | undefined
  readonly #id = randomUUID()
  #request: ClientRequest | undefined
  #redirected = false
  #destroyed = false

  constructor() {
    this.headers = {[HEADER]: this.#id}
    if (pending.size === 0) subscribe(CHANNEL, onRequest)
    pending.set(this.#id, this)
  }

  /** The client had no token to send, whatever the token endpoint answered. */
  get lacksToken(): boolean {
    return lacksToken(this.#request?.getHeader('authorization'))
  }

  /** Where the client followed a redirect to, if it did. */
  get redirect(): string | undefined {
    if (!this.#redirected || !this.#request) return undefined
    const {protocol, host, path} = this.#request
    return `${protocol}//${host}${path.replace(/\?.*/s, '')}`
  }

  attach(request: ClientRequest): void {
    this.#redirected = this.#request !== undefined
    this.#request = request
    if (this.#destroyed) {
      this.release()
      request.destroy()
      return
    }
    request.once('response', (response: IncomingMessage) => {
      response.once('close', () => {
        if (!response.complete && !this.#destroyed) this.onCut?.()
      })
    })
  }

  /** Ends the request at once, also one that the client has yet to make. */
  destroy(): void {
    this.#destroyed = true
    if (!this.#request) return
    this.release()
    this.#request.destroy()
  }

  /** The call is over: forgets the request. */
  release(): void {
    if (!pending.delete(this.#id) || pending.size > 0) return
    unsubscribe(CHANNEL, onRequest)
  }
}
