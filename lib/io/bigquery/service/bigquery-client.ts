import {Readable} from 'node:stream'
import type {BigQuery} from '@google-cloud/bigquery'
import type {Target} from '../../../core/index.ts'
import {badOption, messageOf} from '../../../errors/index.ts'
import {abortable, environmentProject, projectVariable} from '../../../util/index.ts'
import {
  type CheckAnswer,
  datasetProblem,
  insertProblem,
  permissionsProblem,
  resultProblem,
  tableProblem,
} from './bigquery-answers.ts'
import {anonymous, BigQueryCredentials, hasKey, headerOf} from './bigquery-credentials.ts'
import {BigQueryError} from './bigquery-error.ts'
import type {BigQueryPort, InsertError, QueryJob, QueryPage, ResolvedTable, TableResource} from './bigquery-port.ts'
import {errorOfAnswer, errorOfConnection, type HttpAnswer, unexpectedAnswer} from './classify-error.ts'

const VARIABLE = 'BIGQUERY_EMULATOR_HOST'
/** The client's placeholder for a project that it has not looked up yet. */
const UNKNOWN_PROJECT = '{{projectId}}'

/**
 * Where a sink with this `client` option writes, for the check that a job does not mix emulators and Google Cloud.
 *
 * @example
 * bigQueryTarget(undefined).local // true when BIGQUERY_EMULATOR_HOST is set
 */
export function bigQueryTarget(client: BigQuery | undefined): Target {
  return {
    service: 'bigquery',
    variable: VARIABLE,
    local: Boolean(process.env[VARIABLE]),
    explicit: client !== undefined,
  }
}

/** Checks the `client` option without loading the official client. */
export function checkClient(where: string, client: unknown): void {
  if (client === undefined) return
  const {baseUrl, authClient} = (client ?? {}) as {baseUrl?: unknown; authClient?: {getClient?: unknown}}
  if (typeof baseUrl !== 'string' || typeof authClient?.getClient !== 'function')
    throw badOption(where, 'client', client, "a `new BigQuery()` of '@google-cloud/bigquery'")
}

/**
 * The port on Google's client. It uses the client's credentials, endpoint, project and proxy settings, and makes its own
 * requests through the client's auth layer: `table.insert()` and `request()` would serialize the rows a second time, retry on
 * their own under new insertIds, and have no working deadline.
 *
 * Without a client it loads Google's and constructs one: from Application Default Credentials and the environment, or
 * without credentials when `BIGQUERY_EMULATOR_HOST` is set.
 */
export async function connectBigQuery(given: BigQuery | undefined, project: string | undefined): Promise<BigQueryPort> {
  return new ClientPort(given ?? (await makeClient(project)))
}

/** A client of Google's, from Application Default Credentials and the environment. */
async function makeClient(project: string | undefined): Promise<BigQuery> {
  const {BigQuery} = await import('@google-cloud/bigquery')
  const projectId = project ?? environmentProject()
  const named = projectId ? {projectId} : {}
  // for an emulator too the client would look for real credentials, and wait for a metadata server
  return process.env[VARIABLE] ? new BigQuery({...named, authClient: await anonymous()}) : new BigQuery(named)
}

/** A call of the API: a POST when it has a body. */
interface ApiCall {
  /** Name in the API reference. */
  readonly named: string
  readonly path: string
  readonly query?: Record<string, string>
  readonly body?: Buffer
  readonly problem: CheckAnswer
}

class ClientPort implements BigQueryPort {
  readonly #client: BigQuery
  readonly #endpoint: string
  readonly #loopback: boolean
  readonly #google: boolean
  readonly #credentials: BigQueryCredentials
  /** True once the service has answered: a host that is not found is a wrong name before, and a transient failure after. */
  #reached = false

  constructor(client: BigQuery) {
    this.#client = client
    // the variable may lack the scheme
    this.#endpoint = (/^https?:\/\//i.test(client.baseUrl) ? '' : 'http://') + client.baseUrl.replace(/\/+$/, '')
    const {hostname} = new URL(this.#endpoint)
    this.#loopback = /^(localhost|127\.|\[::1\])/.test(hostname)
    this.#google = hostname.endsWith('.googleapis.com')
    const emulated = this.#loopback && Boolean(process.env[VARIABLE])
    this.#credentials = new BigQueryCredentials(client.authClient, {google: this.#google, emulated})
  }

  async projectId(): Promise<string> {
    const {projectId, authClient} = this.#client
    if (projectId && projectId !== UNKNOWN_PROJECT) return projectId
    const named = hasKey(authClient) ? projectVariable() : environmentProject()
    if (named !== undefined) return named
    const hint = 'name the project: with the option `project` or the variable GOOGLE_CLOUD_PROJECT'
    if (process.env[VARIABLE]) {
      // only the key of a given client may name the project: the metadata server is not asked
      const key = hasKey(authClient) ? await authClient.getClient().catch(() => undefined) : undefined
      if (key?.projectId) return key.projectId
      throw new BigQueryError('unauthenticated', `no project is known; ${hint}`)
    }
    try {
      // without credentials the client would spend seconds looking for a metadata server
      if (this.#google) await this.#client.authClient.getClient()
    } catch (error) {
      throw new BigQueryError('unauthenticated', messageOf(error), {cause: error})
    }
    try {
      return await this.#client.getProjectId()
    } catch (error) {
      throw new BigQueryError('unauthenticated', `no project was found (${messageOf(error)}); ${hint}`, {cause: error})
    }
  }

  async getTable(table: ResolvedTable, signal: AbortSignal): Promise<TableResource> {
    const path = `${tablesPath(table)}/${encodeURIComponent(table.table)}`
    return this.#request({named: 'tables.get', path, problem: tableProblem(table)}, signal)
  }

  async getDataset(table: ResolvedTable, signal: AbortSignal): Promise<{location?: string}> {
    const path = tablesPath(table).replace(/\/tables$/, '')
    return this.#request({named: 'datasets.get', path, problem: datasetProblem(table)}, signal)
  }

  async testPermissions(table: ResolvedTable, permissions: readonly string[], signal: AbortSignal): Promise<string[]> {
    const path = `${tablesPath(table)}/${encodeURIComponent(table.table)}:testIamPermissions`
    const call = {named: 'tables.testIamPermissions', path, body: json({permissions}), problem: permissionsProblem}
    const answer = await this.#request<{permissions?: string[]}>(call, signal)
    return answer.permissions ?? []
  }

  async createTable(table: ResolvedTable, resource: object, signal: AbortSignal): Promise<TableResource> {
    const call = {named: 'tables.insert', path: tablesPath(table), body: json(resource), problem: tableProblem(table)}
    return this.#request(call, signal)
  }

  async insertAll(
    table: ResolvedTable,
    body: Buffer,
    signal: AbortSignal,
    rows = Number.POSITIVE_INFINITY,
  ): Promise<InsertError[]> {
    const path = `${tablesPath(table)}/${encodeURIComponent(table.table + table.decorator)}/insertAll`
    const call = {named: 'tabledata.insertAll', path, body, problem: insertProblem(rows)}
    const {insertErrors} = await this.#request<{insertErrors?: InsertError[]}>(call, signal)
    return insertErrors ?? []
  }

  async query(project: string, request: object, signal: AbortSignal): Promise<QueryPage> {
    const path = `projects/${encodeURIComponent(project)}/queries`
    const problem = resultProblem('bigquery#queryResponse', undefined)
    return this.#request({named: 'jobs.query', path, body: json(request), problem}, signal)
  }

  async queryResults(
    project: string,
    {jobId, location}: QueryJob,
    pageToken: string | undefined,
    signal: AbortSignal,
  ): Promise<QueryPage> {
    const path = `projects/${encodeURIComponent(project)}/queries/${encodeURIComponent(jobId)}`
    const query = {
      'formatOptions.useInt64Timestamp': 'true',
      ...(location !== undefined && {location}),
      ...(pageToken !== undefined && {pageToken}),
    }
    const problem = resultProblem('bigquery#getQueryResultsResponse', jobId)
    return this.#request({named: 'jobs.getQueryResults', path, query, problem}, signal)
  }

  async #request<T extends object>(call: ApiCall, signal: AbortSignal): Promise<T> {
    const {body, problem} = call
    const named = `BigQuery ${call.named}`
    const url = `${this.#endpoint}/${call.path}?${new URLSearchParams({prettyPrint: 'false', ...call.query})}`
    const auth = await abortable(signal, this.#credentials.authorized(url))
    let answer: {status: number; data: unknown; headers: unknown}
    try {
      answer = await auth.request({
        url,
        method: body ? 'POST' : 'GET',
        ...(body && {
          data: body,
          headers: {'content-type': 'application/json', 'content-length': String(body.length)},
          adapter: (options, send) => send(guardBody(options)),
        }),
        responseType: 'json',
        signal,
        retry: false,
        // a proxy must not redirect rows to another server
        redirect: 'manual',
        ...(this.#loopback && {noProxy: [new URL(url).origin]}),
      })
    } catch (error) {
      if (signal.aborted) throw signal.reason
      const {response} = error as {response?: typeof answer}
      if (response) this.#reached = true
      if (!response) throw errorOfConnection(error, {loopback: this.#loopback, reached: this.#reached})
      // the client's error holds the whole request, rows included: only the answer is kept
      throw errorOfAnswer(answerOf(response), Date.now(), named)
    }
    this.#reached = true
    const {data} = answer
    const isObject = typeof data === 'object' && data !== null && !Array.isArray(data)
    const wrong = isObject ? problem(data as Record<string, unknown>) : 'it is not a JSON object'
    if (wrong === undefined) return data as T
    throw unexpectedAnswer(named, wrong, answerOf(answer))
  }
}

/**
 * Sends the body as a stream with an error listener. node-fetch makes a stream of a Buffer itself, and if the signal aborts
 * just before the request is sent, destroys it with an error without a listener, which would end the process.
 */
function guardBody<O extends object>(options: O): O {
  const {data} = options as {data?: unknown}
  if (!Buffer.isBuffer(data)) return options
  const body = Readable.from(data)
  body.on('error', () => {})
  return {...options, body, duplex: 'half'}
}

function tablesPath({project, dataset}: ResolvedTable): string {
  return `projects/${encodeURIComponent(project)}/datasets/${encodeURIComponent(dataset)}/tables`
}

function json(body: object): Buffer {
  return Buffer.from(JSON.stringify(body))
}

function answerOf({status, data, headers}: {status: number; data: unknown; headers: unknown}): HttpAnswer {
  return {status, data, header: name => headerOf(headers, name)}
}
