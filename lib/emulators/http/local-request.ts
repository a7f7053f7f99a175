import type {IncomingHttpHeaders, IncomingMessage} from 'node:http'
import type {LogEntry} from '../faults/request-log.ts'
import {ApiError} from '../service/api-error.ts'
import type {FaultAction} from '../service/fault-rules.ts'
import {parseJson} from '../service/parse-json.ts'
import type {RequestBody} from '../service/request-body.ts'
import type {ServiceRequest} from '../service/service.ts'
import type {Route} from './routes.ts'

const DEFAULT_LIMIT = 64 * 2 ** 20

/** What a {@link LocalRequest} needs to know besides the request itself. */
interface RequestContext {
  baseUrl: string
  project: string
  /** The granted permissions; undefined grants all. */
  permissions: readonly string[] | undefined
  faults: readonly FaultAction[]
  entry: LogEntry
  content: RequestBody
}

/** The {@link ServiceRequest} of one HTTP request. */
export class LocalRequest implements ServiceRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly content: RequestBody
  readonly baseUrl: string
  readonly faults: readonly FaultAction[]
  readonly #context: RequestContext

  constructor(raw: IncomingMessage, route: Route, context: RequestContext) {
    this.method = raw.method === 'HEAD' ? 'GET' : raw.method!
    this.path = route.path
    this.query = route.query
    this.headers = raw.headers
    this.content = context.content
    this.baseUrl = context.baseUrl
    this.faults = context.faults
    this.#context = context
  }

  authorize(permission: string, resource: string): void {
    const {permissions, project, entry} = this.#context
    if (permissions === undefined || permissions.includes(permission)) return
    const principal = `local-user@${project}.iam.gserviceaccount.com`
    if (entry.service === 'bigquery')
      throw new ApiError(
        403,
        'accessDenied',
        `Access Denied: ${resource}: Permission ${permission} denied on ${resource} (or it may not exist), for ${principal}.`,
      )
    throw new ApiError(
      403,
      'forbidden',
      `${principal} does not have ${permission} access to ${resource}. Permission '${permission}' denied on resource (or it may not exist).`,
    )
  }

  async body(limit = DEFAULT_LIMIT): Promise<Buffer> {
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of this.content.decoded()) {
      size += chunk.length
      if (size > limit)
        throw new ApiError(413, 'uploadTooLarge', `Request payload size exceeds the limit: ${limit} bytes.`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks, size)
  }

  async json<T = Record<string, unknown>>(limit?: number): Promise<T> {
    const text = (await this.body(limit)).toString()
    return (text.trim() === '' ? {} : parseJson(text)) as T
  }

  note(facts: Record<string, unknown>): void {
    Object.assign(this.#context.entry.notes, facts)
  }
}
