/** How much of a body an error shows. */
const SHOWN = 200

/** An answer over HTTP, as far as it tells who gave it. */
export interface HttpReply {
  readonly status: number
  readonly contentType?: string | undefined
  /** Text, or parsed JSON; `undefined` when the client kept nothing of it. */
  readonly body?: unknown
  /** Where a redirect led to. */
  readonly redirect?: string | undefined
}

/**
 * A service's answer that is not one to the call that was made: a login page, JSON that is cut, another object.
 *
 * It says nothing about what the service did, so it is treated as a fault of transport.
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
  // a body may be very long
  const line = text
    .slice(0, 20 * SHOWN)
    .replace(/[\p{C}\p{Z}\s]+/gu, ' ')
    .trim()
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line
}

function likelyCause({contentType = '', redirect}: HttpReply, shown = ''): string {
  if (redirect !== undefined || /html/i.test(contentType) || shown.startsWith('<'))
    return (
      'Most likely a proxy, a captive portal or a login page answers in its place: check the network, HTTPS_PROXY and ' +
      'the address of the service'
    )
  return (
    'Most likely a proxy cut or replaced it, or the address is that of another server: check HTTPS_PROXY and the address ' +
    'of the service'
  )
}
