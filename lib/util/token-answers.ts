/** True for an `authorization` header that the auth library made from an answer without a token. */
export function lacksToken(authorization: unknown): boolean {
  return typeof authorization === 'string' && /^\S+ (undefined|null|\[object Object\])?$/.test(authorization)
}

/**
 * True for what the auth library throws if a token endpoint or metadata server has answered with something other than a
 * token: it expects one in any answer with status 200.
 */
export function isTokenFault(error: unknown): boolean {
  const message = String((error as {message?: unknown} | null)?.message ?? error)
  return /Cannot (create|read|set) propert.*(token|expir)|Invalid response from metadata service/i.test(message)
}

/** The error text for it. */
export const TOKEN_FAULT =
  'the answer to the request for an access token does not contain one: most likely a proxy, a captive portal or a login page ' +
  'answered instead of the token endpoint or metadata server: check the network and HTTPS_PROXY'
