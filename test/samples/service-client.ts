import {type ClientRequest, type IncomingMessage, type RequestOptions, request} from 'node:http'
import type {AddressInfo} from 'node:net'
import {json} from 'node:stream/consumers'
import {createService, type Service, type ServiceOptions} from '../../samples/service/app.ts'
import type {UploadResult} from '../../samples/service/upload.ts'
import type {JobCloud} from '../jobs/support.ts'

/** What the service has answered. */
export interface Answer {
  status: number
  type: string | undefined
  body: UploadResult & {error: {code: string; message: string}}
}

/** `id,amount` lines of one client, with a header. */
export function orders(client: string, count: number): string {
  return `id,amount\n${Array.from({length: count}, (_, i) => `${client}-${i},${i}\n`).join('')}`
}

/** The service, listening, for each test of a suite. */
export class ServiceUnderTest {
  service!: Service
  url!: string
  readonly #job: JobCloud

  constructor(job: JobCloud) {
    this.#job = job
    afterEach(() => this.service?.stop())
  }

  async start(options: Partial<ServiceOptions> = {}): Promise<void> {
    this.service = createService({table: this.#job.table, drainDeadline: 1, ...options})
    this.url = await this.service.app.listen({port: 0, host: '127.0.0.1'})
  }

  get port(): number {
    return (this.service.app.server.address() as AddressInfo).port
  }

  /** Connections that are open. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) =>
      this.service.app.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    )
  }

  /** An upload with fetch, whose body is there at once. */
  async fetch(body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answer> {
    const sent = {method: 'POST', body, headers: {'content-type': 'text/csv', ...headers}}
    const response = await fetch(`${this.url}/uploads`, sent)
    const type = response.headers.get('content-type') ?? undefined
    return {status: response.status, type, body: (await response.json()) as Answer['body']}
  }

  /** An upload with node:http, whose body is sent by hand. */
  open(headers: RequestOptions['headers'] = {}, port = this.port): {sending: ClientRequest; answer: Promise<Answer>} {
    const options = {port, path: '/uploads', method: 'POST', agent: false as const}
    const sending = request({...options, headers: {'content-type': 'text/csv', ...headers}})
    const answer = new Promise<Answer>((resolve, reject) => {
      sending.once('error', reject).once('response', (response: IncomingMessage) => {
        const {statusCode: status = 0, headers} = response
        json(response).then(body => resolve({status, type: headers['content-type'], body: body as never}), reject)
      })
    })
    answer.catch(() => {})
    return {sending, answer}
  }
}
