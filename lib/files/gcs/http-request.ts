import {randomUUID} from 'node:crypto'
import {subscribe, unsubscribe} from 'node:diagnostics_channel'
import type {ClientRequest, IncomingMessage} from 'node:http'
import {lacksToken} from '../../util/index.ts'

/** Marks a request on its way through a Google client; the service ignores unknown headers. */
const HEADER = 'x-sluice-request'
const CHANNEL = 'http.client.request.start'

/**
 * Handles whose request has not been seen yet. Ids are random, since two copies of the package may be loaded in one
 * process.
 */
const pending = new Map<string, HttpRequest>()

function onRequest(message: unknown): void {
  const {request} = message as {request: ClientRequest}
  const [id] = [request.getHeader(HEADER)].flat()
  if (id !== undefined) pending.get(String(id))?.attach(request)
}

/**
 * A handle on the HTTP request that a Google client makes for us. The clients provide none: they neither end an abandoned
 * request (which would keep socket and process alive) nor notice that the peer closed in the middle of a body.
 *
 * The request is recognised by a header, on Node's diagnostics channel for HTTP requests. If a client used another HTTP
 * implementation, nothing would be found, and timeouts would do the work.
 */
export class HttpRequest {
  readonly headers: Record<string, string>
  /** Called if the connection closes before the body is complete. */
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

  /** True if the client had no token to send, whatever the token endpoint answered. */
  get lacksToken(): boolean {
    return lacksToken(this.#request?.getHeader('authorization'))
  }

  /** The URL to which the client followed a redirect, if it did. */
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

  /** Ends the request at once, even if the client has yet to make it. */
  destroy(): void {
    this.#destroyed = true
    if (!this.#request) return
    this.release()
    this.#request.destroy()
  }

  /** Forgets the request once the call is over. */
  release(): void {
    if (!pending.delete(this.#id) || pending.size > 0) return
    unsubscribe(CHANNEL, onRequest)
  }
}
