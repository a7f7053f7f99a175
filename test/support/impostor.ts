import {createServer, type IncomingMessage, request, type Server, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {buffer} from 'node:stream/consumers'

/** What the real service answered. */
export interface RealAnswer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

/** Answers a request in the service's place; `real` asks the service, which then does what was asked for. */
export type Falsify = (response: ServerResponse, real: () => Promise<RealAnswer>, asked: IncomingMessage) => unknown

interface Rule {
  matches: (method: string, url: string, asked: IncomingMessage) => boolean
  times: number
  answer: Falsify
}

/** A server between the client and a local service, which passes everything on but for what a rule answers. */
export class Impostor {
  readonly #server: Server
  readonly #rules: Rule[] = []
  /** Method and path of each request that was not passed on. */
  readonly falsified: string[] = []
  target: string
  /** Changes a request on its way to the service, such as how many rows it asks for. */
  ask: (asked: {url: string; body: Buffer}) => {url: string; body: Buffer} = asked => asked

  private constructor(target: string) {
    this.target = target
    this.#server = createServer((asked, response) => void this.#handle(asked, response))
  }

  /** Stands before the service at this address. */
  static async start(target: string): Promise<Impostor> {
    const impostor = new Impostor(target)
    await new Promise<void>(resolve => impostor.#server.listen(0, '127.0.0.1', resolve))
    return impostor
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Answers requests that match so often; default: always. */
  falsify(matches: Rule['matches'], answer: Falsify, times = Number.POSITIVE_INFINITY): void {
    this.#rules.push({matches, answer, times})
  }

  honest(): void {
    this.#rules.length = 0
    this.falsified.length = 0
  }

  async close(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  async #handle(asked: IncomingMessage, response: ServerResponse): Promise<void> {
    const {method = 'GET', url = '/'} = asked
    const body = await buffer(asked).catch(() => undefined)
    if (body === undefined) return
    const real = () => this.#ask(asked, body)
    const rule = this.#rules.find(one => one.times > 0 && one.matches(method, url, asked))
    if (rule) {
      rule.times--
      this.falsified.push(`${method} ${url}`)
      try {
        await rule.answer(response, real, asked)
      } catch (error) {
        // a mistake of the test's: let it be seen instead of hanging
        response.writeHead(418).end(String(error))
      }
      return
    }
    const {status, headers, body: answer} = await real()
    response.writeHead(status, headers)
    response.end(answer)
  }

  #ask(asked: IncomingMessage, body: Buffer): Promise<RealAnswer> {
    return new Promise((resolve, reject) => {
      const {method, headers} = asked
      const {url, body: sent} = this.ask({url: asked.url ?? '/', body})
      const length = sent === body ? {} : {'content-length': String(sent.length)}
      const options = {method, headers: {...headers, ...length}, agent: false}
      const passed = request(`${this.target}${url}`, options, async answer => {
        const {statusCode: status = 0, headers: given} = answer
        // where an upload goes on, too
        const location = given.location?.replace(this.target, this.url)
        const {'transfer-encoding': _, connection: __, ...rest} = given
        resolve({status, headers: {...rest, ...(location && {location})}, body: await buffer(answer)})
      })
      passed.on('error', reject)
      passed.end(sent)
    })
  }
}

const PAGE = '<html><body><h1>Sign in to the network</h1></body></html>'
const send = (body: string | Buffer, type = 'application/json; charset=UTF-8', status = 200): Falsify => {
  return response =>
    response.writeHead(status, {'content-type': type, 'content-length': Buffer.byteLength(body)}).end(body)
}

/** Half of the real answer, with the length that is told. */
const cut = (told: 'right' | 'whole' | 'chunked'): Falsify => {
  return async (response, real) => {
    const {status, headers, body} = await real()
    const half = body.subarray(0, Math.max(1, body.length >> 1))
    const {'content-length': _, ...rest} = headers
    const length = {right: half.length, whole: body.length, chunked: undefined}[told]
    response.writeHead(status, {...rest, ...(length !== undefined && {'content-length': length})})
    if (told === 'right') return response.end(half)
    response.write(half)
    setImmediate(() => response.socket?.destroy())
    return undefined
  }
}

const redirect = (status: number): Falsify => {
  return (response, _, asked) => {
    if (asked.url!.startsWith('/login')) return send(PAGE, 'text/html')(response, undefined as never, asked)
    return response.writeHead(status, {location: '/login?next=here'}).end()
  }
}

/** Answers with status 200, or nearly, that no call of a JSON API ever gets. */
export const BAD_JSON: readonly [name: string, answer: Falsify][] = [
  ['a login page', send(PAGE, 'text/html')],
  ['a login page that is called JSON', send(PAGE)],
  ['an empty body', send('')],
  ['an empty body without a type', response => response.writeHead(200, {'content-length': 0}).end()],
  ['204', response => response.writeHead(204).end()],
  ['JSON that is cut, with its length', cut('right')],
  ['JSON that is cut, with the length of the whole', cut('whole')],
  ['JSON that is cut in chunks', cut('chunked')],
  ['null', send('null')],
  ['an array', send('[]')],
  ['a text', send('"ok"')],
  ['a number', send('200')],
  ['an empty object', send('{}')],
  ['an object about something else', send('{"status":"ok","name":"healthz","id":"x"}')],
  ['an error with 200', send('{"error":"login required"}')],
  ['bytes', send(Buffer.from([0, 255, 254, 1, 2]), 'application/octet-stream')],
  ['a portal that asks to sign in (511)', send(PAGE, 'text/html', 511)],
]

/** Redirects to a login page. */
export const REDIRECTS: readonly [name: string, answer: Falsify][] = [301, 302, 303, 307, 308].map(status => [
  `a redirect (${status}) to a login page`,
  redirect(status),
])

/** The login page that {@link REDIRECTS} lead to. */
export const LOGIN_PAGE = {
  matches: (_: string, url: string) => url.startsWith('/login'),
  answer: send(PAGE, 'text/html'),
}
export const sendPage = send(PAGE, 'text/html')
export {send}
