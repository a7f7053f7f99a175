import type {Bucket, Storage} from '@google-cloud/storage'
import {type HttpReply, isTokenFault, TOKEN_FAULT, UnexpectedAnswer} from '../../util/index.ts'
import {HttpRequest} from './http-request.ts'

/** The official client, and what must be awaited before each call of it. */
export interface OpenStorage {
  readonly storage: Storage
  ready(): Promise<void>
}

/** The parts of a request that our interceptor changes. */
interface RequestOptions {
  headers?: Record<string, unknown>
  maxRetries?: number
}

/**
 * A bucket whose requests carry our mark and are not retried by the client. The client's own switch for retries is shared
 * by all users of one Storage, and the client would retry for a minute what can never succeed.
 */
export function tracked(bucket: Bucket, http: HttpRequest): Bucket {
  const request = (options: RequestOptions) => ({
    ...options,
    maxRetries: 0,
    headers: {...options.headers, ...http.headers},
  })
  bucket.interceptors.push({request: request as never})
  return bucket
}

/** Runs a call that is answered with JSON; an abort ends it at once. */
async function call<T>(signal: AbortSignal, run: (http: HttpRequest) => Promise<T>): Promise<T> {
  signal.throwIfAborted()
  const http = new HttpRequest()
  let abort!: () => void
  const aborted = new Promise<never>((_, reject) => {
    abort = () => {
      http.destroy()
      reject(signal.reason)
    }
    // the client would wait forever for the rest
    http.onCut = () =>
      reject(Object.assign(new Error('the connection closed in the middle of an answer'), {code: 'ECONNRESET'}))
  })
  signal.addEventListener('abort', abort, {once: true})
  try {
    return await Promise.race([run(http), aborted])
  } finally {
    signal.removeEventListener('abort', abort)
    if (!signal.aborted) http.release()
  }
}

/** An answer of the JSON API that is not an error. */
export interface GcsReply extends HttpReply {
  readonly headers: Record<string, string | undefined>
}

/** The response as the client passes it on. */
interface Response {
  statusCode?: number
  headers?: Record<string, string | undefined>
  body?: unknown
}

/** A request to the JSON API; `named` is its call, such as `objects.list`. */
interface GcsRequest {
  readonly named: string
  readonly bucket: string
  /** What `bucket.request` takes. */
  readonly options: object
  /** A part of an upload: 308 is an answer, and errors are not JSON. */
  readonly uploading?: boolean
}

/**
 * One request through the official client. Its methods (`getFiles()`, `getMetadata()`) take any answer with status 200 for
 * an object, and keep neither status nor headers, so the requests are our own.
 */
export function gcsRequest({storage, ready}: OpenStorage, request: GcsRequest, signal: AbortSignal): Promise<GcsReply> {
  return call(signal, async http => {
    await ready()
    const bucket = tracked(storage.bucket(request.bucket), http)
    return new Promise<GcsReply>((resolve, reject) => {
      const answered = (error: unknown, body: unknown, response: unknown) => {
        const given = (response ?? (error as {response?: unknown} | null)?.response ?? {}) as Response
        const {statusCode: status = 0, headers = {}} = given
        const {redirect} = http
        const reply = {status, headers, body, contentType: headers['content-type'], redirect}
        const noToken = isTokenFault(error) || (status === 401 && http.lacksToken)
        if (noToken) return reject(Object.assign(new Error(TOKEN_FAULT, {cause: error}), {code: 'ECONNRESET'}))
        const fault = error ? faultOf(error, reply, request) : undefined
        return fault ? reject(fault) : resolve(reply)
      }
      bucket.request(request.options as never, answered as never)
    })
  })
}

/** What a failed request means; undefined for the one status above 300 that is an answer. */
function faultOf(error: unknown, reply: GcsReply, {named, uploading}: GcsRequest): unknown {
  const {status, headers} = reply
  // the upload goes on
  if (status === 308 && uploading && headers['location'] === undefined) return undefined
  const {type, code} = error as {type?: unknown; code?: unknown}
  const unexpected = (problem: string, body: unknown = reply.body) =>
    new UnexpectedAnswer(
      `Cloud Storage ${named}`,
      problem,
      {...reply, body, redirect: headers['location'] ?? reply.redirect},
      error,
    )
  if (type === 'invalid-json')
    return unexpected(
      `its JSON is truncated or broken: ${String((error as Error).message).replace(/^.* reason: /s, '')}`,
      undefined,
    )
  if (status >= 300 && status < 400) return unexpected('it is a redirect, and Cloud Storage sends none')
  // an error without a status of its own, in a successful answer
  if (status >= 200 && status < 300 && !(typeof code === 'number' && code >= 300))
    return unexpected('it contains an error')
  const isPage = typeof reply.body === 'string' && /^\s*</.test(reply.body)
  if ([401, 403, 404].includes(status) && isPage && !uploading)
    return unexpected('it is a page, not an error of the API')
  return error
}

/** The answer's JSON object; anything else is not an answer of the API. */
export function jsonObject(named: string, reply: GcsReply): Record<string, unknown> {
  const {body} = reply
  if (typeof body === 'object' && body !== null && !Array.isArray(body) && !('pipe' in body))
    return body as Record<string, unknown>
  throw unexpectedGcs(named, 'it is not a JSON object', reply)
}

export function unexpectedGcs(named: string, problem: string, reply: GcsReply): UnexpectedAnswer {
  return new UnexpectedAnswer(`Cloud Storage ${named}`, problem, reply)
}
