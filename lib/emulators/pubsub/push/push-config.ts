import {CODE, invalid, PubSubError} from '../wire/grpc-code.ts'

/** How messages are pushed. */
export interface PushConfig {
  readonly endpoint: string
  /** In the `Authorization` header; unsigned, as the service's key is not available here. */
  readonly oidc: {email: string; audience: string} | undefined
  /** The body is the data of the message, and with `metadata` headers have the rest. */
  readonly raw: {metadata: boolean} | undefined
}

/** A push config as it is sent. */
export interface WirePushConfig {
  pushEndpoint?: string
  attributes?: Record<string, string>
  oidcToken?: {serviceAccountEmail: string; audience: string} | null
  noWrapper?: {writeMetadata: boolean} | null
}

/** Checks a push config; undefined for none. Only endpoints on this machine are pushed to. */
export function readPushConfig(given: WirePushConfig | null | undefined): PushConfig | undefined {
  if (!given?.pushEndpoint) return undefined
  const {pushEndpoint: endpoint, oidcToken, noWrapper} = given
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  if (!url || !/^https?:$/.test(url.protocol))
    throw invalid(`Invalid push endpoint given (endpoint=${endpoint}). It must be an http or https URL.`)
  if (!/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname))
    throw new PubSubError(
      CODE.UNIMPLEMENTED,
      `local emulator: a push endpoint that is not on this machine (${url.host}) is not supported; use localhost, 127.0.0.1 or [::1]`,
    )
  return {
    endpoint,
    oidc: oidcToken ? {email: oidcToken.serviceAccountEmail, audience: oidcToken.audience || endpoint} : undefined,
    raw: noWrapper ? {metadata: noWrapper.writeMetadata} : undefined,
  }
}
