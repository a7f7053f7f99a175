/** How much of a body an error shows. */
const SHOWN = 200

/** The parts of an HTTP answer that show who gave it. */
export interface HttpReply {
  readonly status: number
  readonly contentType?: string | undefined
  /** Text, or parsed JSON; `undefined` if the client kept none of it. */
  readonly body?: unknown
  /** The target of a redirect. */
  readonly redirect?: string | undefined
}

/**
 * An answer that does not fit the call: a login page, truncated JSON, another object.
 *
 * It says nothing about what the service did, so it is treated as a transport failure.
 */
export class UnexpectedAnswer extends Error {
  readonly status: number

  /**
   * @param call service and call, such as `Cloud Storage objects.get`
   * @param problem what is wrong with the answer, such as `it has no size`
   */
  constructor(call: string, problem: string, reply: HttpReply, cause?: unknown) {
    const {status, redirect} = reply
    const shown = shownBody(reply)
    const facts = [
      `HTTP ${status}`,
      reply.contentType || 'no content type',
      ...(redirect === undefined ? [] : [`redirect to ${firstOf(redirect)}`]),
      ...(shown === undefined ? [] : [shown === '' ? 'an empty body' : `"${shown}"`]),
    ]
    super(
      `the answer to ${call} is not what was asked for: ${problem} (${facts.join(', ')}). ${likelyCause(reply, shown)}`,
      cause === undefined ? undefined : {cause},
    )
    this.name = 'UnexpectedAnswer'
    this.status = status
  }
}

function shownBody({body}: HttpReply): string | undefined {
  if (body === undefined) return undefined
  if (typeof body === 'string') return firstOf(body)
  return Buffer.isBuffer(body) ? firstOf(body.toString()) : firstOf(JSON.stringify(body) ?? String(body))
}

/** The first printable characters, on one line. */
function firstOf(text: string): string {
  // regular expressions should not run over a whole long body
  const line = text
    .slice(0, 20 * SHOWN)
    .replace(/[\p{C}\p{Z}\s]+/gu, ' ')
    .trim()
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line
}

function likelyCause({contentType = '', redirect}: HttpReply, shown = ''): string {
  if (redirect !== undefined || /html/i.test(contentType) || shown.startsWith('<'))
    return (
      'Most likely a proxy, a captive portal or a login page answered instead: check the network, HTTPS_PROXY and ' +
      'the address of the service'
    )
  return (
    'Most likely a proxy truncated or replaced it, or the address belongs to another server: check HTTPS_PROXY and the address ' +
    'of the service'
  )
}
