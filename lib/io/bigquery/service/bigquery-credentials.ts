import type {BigQuery} from '@google-cloud/bigquery'
import type {AuthClient} from 'google-auth-library'
import {messageOf} from '../../../errors/index.ts'
import {isTokenFault, lacksToken, TOKEN_FAULT} from '../../../util/index.ts'
import {BigQueryError} from './bigquery-error.ts'

type Auth = BigQuery['authClient']

/** The credentials of requests. */
export class BigQueryCredentials {
  readonly #auth: Auth
  readonly #google: boolean
  readonly #emulated: boolean
  #anonymous: AuthClient | undefined

  /** `google`: the endpoint is one of Google's; `emulated`: it is an emulator on this machine. */
  constructor(auth: Auth, endpoint: {google: boolean; emulated: boolean}) {
    this.#auth = auth
    this.#google = endpoint.google
    this.#emulated = endpoint.emulated
  }

  /** The client's credentials with a fresh token, so that what fails here concerns credentials, not the call. */
  async authorized(url: string): Promise<AuthClient> {
    if (this.#anonymous) return this.#anonymous
    // an emulator asks for no credentials, and looking for them takes seconds on a network without Google
    if (this.#emulated && !hasKey(this.#auth) && !process.env['GOOGLE_APPLICATION_CREDENTIALS'])
      return (this.#anonymous = await anonymous())
    try {
      const auth = await this.#auth.getClient()
      if (lacksToken(headerOf(await auth.getRequestHeaders(url), 'authorization'))) throw tokenFault(undefined)
      return auth
    } catch (error) {
      if (error instanceof BigQueryError) throw error
      if (isTokenFault(error)) throw tokenFault(error)
      const message = messageOf(error)
      const none = message.includes('Could not load the default credentials')
      // as Google's client does: another endpoint may need no credentials
      if (none && !this.#google) return (this.#anonymous = await anonymous())
      const {response, code} = error as {response?: {status?: number}; code?: unknown}
      const status = response?.status ?? 0
      const unavailable = status >= 500 || status === 429 || status === 408
      const broken = status === 0 && /^(ECONN|ETIMEDOUT|EAI_AGAIN|EPIPE)/.test(String(code))
      const kind = none ? 'unauthenticated' : unavailable ? 'unavailable' : broken ? 'transport' : 'unauthenticated'
      throw new BigQueryError(kind, message, {
        ...(response?.status !== undefined && {status: response.status}),
        cause: error,
      })
    }
  }
}

/** Anonymous credentials. */
export async function anonymous(): Promise<AuthClient> {
  const {PassThroughClient} = await import('google-auth-library')
  return new PassThroughClient()
}

function tokenFault(cause: unknown): BigQueryError {
  if (cause === undefined) return new BigQueryError('transport', TOKEN_FAULT)
  return new BigQueryError('transport', `${TOKEN_FAULT} (${messageOf(cause).slice(0, 200)})`, {cause})
}

/** True if credentials were given to the client, which otherwise looks for them. */
export function hasKey(auth: Auth): boolean {
  const {jsonContent, keyFilename, cachedCredential} = auth as unknown as Record<string, unknown>
  return Boolean(jsonContent || keyFilename || cachedCredential)
}

/** Reads a header: the auth library has them in a map (not always the global one), in older versions in an object. */
export function headerOf(headers: unknown, name: string): string | undefined {
  const {get} = (headers ?? {}) as {get?: unknown}
  const value = typeof get === 'function' ? get.call(headers, name) : (headers as Record<string, unknown>)?.[name]
  return typeof value === 'string' ? value : undefined
}
