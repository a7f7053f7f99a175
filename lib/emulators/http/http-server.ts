import {setMaxListeners} from 'node:events'
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http'
import type {AddressInfo, Server as NetServer, Socket} from 'node:net'
import {setTimeout as sleep} from 'node:timers/promises'
import {messageOf, SluiceError} from '../../errors/index.ts'
import {deferred} from '../../util/index.ts'
import type {Faults} from '../faults/faults.ts'
import type {LogEntry, RequestLog} from '../faults/request-log.ts'
import {ApiError} from '../service/api-error.ts'
import type {FaultAction} from '../service/fault-rules.ts'
import {errorBody, errorReply, unsupported} from '../service/google-error.ts'
import {RequestBody} from '../service/request-body.ts'
import type {LocalClock, Service, ServiceName, ServiceReply} from '../service/service.ts'
import {LocalRequest} from './local-request.ts'
import {partialResponse} from './partial-response.ts'
import {type Route, routeOf} from './routes.ts'
import {sendReply} from './send-reply.ts'
import {splitProtocols} from './split-protocols.ts'

/** What the server serves, and the rules that it follows. */
interface ServerContext {
  readonly project: string
  readonly clock: LocalClock
  readonly services: ReadonlyMap<ServiceName, Service>
  readonly faults: Faults
  readonly log: RequestLog
  /** Read at every request, so that a test can change it in between. */
  permissions(): readonly string[] | undefined
}

/** How long `close()` waits for requests in progress to notice that their connection is gone. */
const CLOSE_GRACE = 2000

/** How long the answer to a refused upload waits for the rest of its body. */
const BODY_GRACE = 2000

/** The one HTTP server of the local cloud: takes requests in, logs them, carries out faults, and asks the services. */
export class HttpServer {
  readonly #context: ServerContext
  readonly #server: Server
  readonly #listener: NetServer
  readonly #sockets = new Set<Socket>()
  readonly #inProgress = new Set<Promise<void>>()
  readonly #closing = new AbortController()
  url = ''

  constructor(context: ServerContext) {
    this.#context = context
    // every delayed answer adds a listener
    setMaxListeners(0, this.#closing.signal)
    this.#server = createServer((request, response) => {
      const done = this.#answer(request, response)
        .catch(() => void response.destroy())
        .finally(() => this.#inProgress.delete(done))
      this.#inProgress.add(done)
    })
    // A client that takes a connection from its pool just as an idle timeout closes it would see a reset that no fault rule asked for.
    this.#server.keepAliveTimeout = 0
    this.#server.requestTimeout = 0
    this.#listener = splitProtocols(this.#server)
    this.#listener.on('connection', socket => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  /** Listens on the loopback interface only. */
  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#listener.once('error', error => {
        const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
        const fix = taken
          ? 'another program listens there; give another `port`, or 0 for any free one'
          : messageOf(error)
        reject(
          new SluiceError('ERR_SLUICE_EMULATOR', `The local cloud cannot listen on 127.0.0.1:${port}: ${fix}`, {
            cause: error,
          }),
        )
      })
      this.#listener.listen(port, '127.0.0.1', resolve)
    })
    this.url = `http://127.0.0.1:${(this.#listener.address() as AddressInfo).port}`
  }

  /** Cuts every connection, hanging ones too, and frees the port. */
  async close(): Promise<void> {
    this.#closing.abort()
    const closed = new Promise<void>(resolve => this.#listener.close(() => resolve()))
    for (const socket of this.#sockets) socket.destroy()
    await closed
    await within(CLOSE_GRACE, Promise.all(this.#inProgress))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Google's Java libraries cannot send a PATCH.
    const override = request.headers['x-http-method-override']
    if (request.method === 'POST' && typeof override === 'string') request.method = override.toUpperCase()
    const route = routeOf(request.method!, request.url!, request.headers)
    const entry = this.#log(request, route)
    const faults = this.#context.faults.take(request.method!, route)
    entry.faults = faults.map(action => action.kind)
    for (const action of faults)
      if (action.kind === 'delay') await sleep(action.ms, undefined, {signal: this.#closing.signal})
    if (faults.some(action => action.kind === 'hang')) return
    if (faults.some(action => action.kind === 'reset' && action.afterBytes === undefined)) {
      request.socket.resetAndDestroy()
      return
    }
    const body = new RequestBody(request)
    const reply = injectedStatus(faults) ?? (await this.#handle(request, body, route, faults, entry))
    // Many clients see an answer in mid-upload as a broken pipe. A client that sends slowly, or waits, still gets it.
    if (!body.isOver) await within(BODY_GRACE, body.drained())
    const failure = faults.find(action => action.kind === 'commitThenFail')
    if (failure) return failAfter(failure.with ?? 503, reply, request, body, response, entry)
    await sendReply(response, body, reply, faults, entry)
  }

  async #handle(
    raw: IncomingMessage,
    content: RequestBody,
    route: Route,
    faults: readonly FaultAction[],
    entry: LogEntry,
  ): Promise<ServiceReply> {
    try {
      checkHost(raw)
      if (route.service === 'auth') return token(route)
      const service = route.service && this.#context.services.get(route.service)
      if (!service) throw missing(route)
      const {project} = this.#context
      const context = {baseUrl: this.url, project, permissions: this.#context.permissions(), faults, entry, content}
      const reply = await service.handle(new LocalRequest(raw, route, context))
      const fields = route.query.get('fields')
      if (fields === null || !isJson(reply.body) || reply.status >= 300) return reply
      return {...reply, body: partialResponse(reply.body, fields)}
    } catch (error) {
      if (!(error instanceof ApiError) && !raw.destroyed) entry.notes['error'] = error
      return errorReply(error)
    }
  }

  #log(request: IncomingMessage, route: Route): LogEntry {
    const entry: LogEntry = {
      time: this.#context.clock.now(),
      service: route.service,
      call: route.call,
      method: request.method!,
      path: route.path,
      query: Object.fromEntries(route.query),
      range: request.headers.range,
      contentRange: request.headers['content-range'],
      status: undefined,
      requestBytes: 0,
      replyBytes: 0,
      faults: [],
      notes: {},
    }
    // Counted where the parser hands bytes in: a 'data' listener would start the flow before a service reads.
    const push = request.push.bind(request)
    request.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
      if (chunk !== null) entry.requestBytes += chunk.length
      return push(chunk, encoding)
    }
    this.#context.log.push(entry)
    return entry
  }
}

function isJson(body: ServiceReply['body']): body is object {
  return typeof body === 'object' && !Buffer.isBuffer(body) && !('pipe' in body)
}

/** Web pages, and names that resolve to 127.0.0.1, could otherwise reach a folder on this machine through a browser. */
function checkHost(request: IncomingMessage): void {
  const host = request.headers.host?.replace(/:\d+$/, '')
  const {origin} = request.headers
  const isLocal = (name: string | undefined) => name === '127.0.0.1' || name === 'localhost' || name === '[::1]'
  if (isLocal(host) && (origin === undefined || (URL.canParse(origin) && isLocal(new URL(origin).hostname)))) return
  throw new ApiError(403, 'forbidden', `local emulator: only http://127.0.0.1 is served, not ${origin ?? host}`)
}

/** The two endpoints that a Google client with the local cloud's `external_account` file asks for a token. */
function token(route: Route): ServiceReply {
  if (route.path === '/subject') return {status: 200, headers: {'content-type': 'text/plain'}, body: 'local-subject'}
  return {
    status: 200,
    body: {
      access_token: 'local',
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      expires_in: 3600,
    },
  }
}

function missing(route: Route): ApiError {
  if (route.service) return unsupported(`${route.service}, which this local cloud was started without (\`services\`),`)
  return new ApiError(404, 'notFound', `local emulator: no service answers ${route.path}`)
}

function injectedStatus(faults: readonly FaultAction[]): ServiceReply | undefined {
  const action = faults.find(one => one.kind === 'status')
  if (!action) return undefined
  const {status, headers = {}, body = 'json'} = action
  const message = action.message ?? `injected ${status}`
  if (body === 'empty') return {status, headers}
  if (body === 'html') return {status, headers, body: `<html><title>Error ${status}</title>${message}</html>`}
  return {status, headers, body: errorBody(status, action.reason ?? defaultReason(status), message)}
}

const REASONS: Record<number, string> = {
  400: 'invalid',
  401: 'authError',
  403: 'forbidden',
  404: 'notFound',
  409: 'conflict',
  410: 'gone',
  412: 'conditionNotMet',
  429: 'rateLimitExceeded',
}

function defaultReason(status: number): string {
  return REASONS[status] ?? (status >= 500 ? 'backendError' : 'invalid')
}

async function failAfter(
  failure: 'reset' | number,
  reply: ServiceReply,
  request: IncomingMessage,
  content: RequestBody,
  response: ServerResponse,
  entry: LogEntry,
): Promise<void> {
  const {body} = reply
  if (typeof body === 'object' && 'destroy' in body) (body as {destroy(): void}).destroy()
  if (failure === 'reset') request.socket.resetAndDestroy()
  else await sendReply(response, content, injectedStatus([{kind: 'status', status: failure}])!, [], entry)
}

/** Waits for a promise, but no longer than so many milliseconds. */
async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  const {promise: late, resolve} = deferred<void>()
  const timer = setTimeout(resolve, ms).unref()
  await Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
