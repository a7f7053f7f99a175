import type {ServerResponse} from 'node:http'
import {Readable} from 'node:stream'
import type {LogEntry} from '../faults/request-log.ts'
import type {FaultAction} from '../service/fault-rules.ts'
import {errorReply} from '../service/google-error.ts'
import type {RequestBody} from '../service/request-body.ts'
import type {ServiceReply} from '../service/service.ts'

/** Milliseconds that the client has to read the last bytes before the reset comes. */
const RESET_AFTER_READ = 20

type Cut = Extract<FaultAction, {kind: 'reset' | 'fin' | 'truncate' | 'stall'}>

/** Sends an answer, damaged as the faults demand, and settles when it has been sent or the connection is gone. */
export async function sendReply(
  response: ServerResponse,
  request: RequestBody,
  reply: ServiceReply,
  faults: readonly FaultAction[],
  entry: LogEntry,
): Promise<void> {
  const cut = faults.find((action): action is Cut => isCut(action))
  if (response.destroyed) {
    if (reply.body instanceof Readable) reply.body.destroy()
    return
  }
  const body = start(response, reply, faults, cut)
  entry.status = response.statusCode
  if (Buffer.isBuffer(body) && faults.length === 0 && request.isOver) {
    entry.replyBytes = body.length
    response.writeHead(response.statusCode).end(body)
    if (!response.writableFinished) await settled(response, 'finish')
    return
  }
  const chunks = body instanceof Readable ? (body as AsyncIterable<Buffer>) : body.length > 0 ? [body] : []
  const limit = cut?.afterBytes ?? Number.POSITIVE_INFINITY
  try {
    for await (const chunk of corrupted(chunks, faults)) {
      const part = entry.replyBytes + chunk.length > limit ? chunk.subarray(0, limit - entry.replyBytes) : chunk
      entry.replyBytes += part.length
      if (entry.replyBytes === limit) return await cutOff(response, part, cut!)
      if (!response.write(part)) await settled(response, 'drain')
      if (response.destroyed) return
    }
    if (limit === 0) return await cutOff(response, Buffer.alloc(0), cut!)
    if (!request.isOver) {
      // The client has its answer. Ending would close a connection that is not kept alive, which a client in mid-upload
      // takes for a reset.
      response.flushHeaders()
      await request.drained()
    }
    response.end()
    if (!response.writableFinished && !response.destroyed) await settled(response, 'finish')
  } catch {
    // The body failed half-way (for example damaged gzip). The status has been sent, so only cutting the connection can report it.
    response.destroy()
  }
}

/** Writes the head and returns the body; an answer that cannot be written becomes an error answer. */
function start(
  response: ServerResponse,
  reply: ServiceReply,
  faults: readonly FaultAction[],
  cut: Cut | undefined,
): Buffer | Readable {
  try {
    const body = asBody(reply)
    writeHead(response, reply, body, faults, cut)
    return body
  } catch (error) {
    if (reply.body instanceof Readable) reply.body.destroy()
    for (const name of response.getHeaderNames()) response.removeHeader(name)
    const failed = errorReply(error)
    const body = asBody(failed)
    writeHead(response, failed, body, [], undefined)
    return body
  }
}

function isCut(action: FaultAction): boolean {
  return (
    ['fin', 'truncate', 'stall'].includes(action.kind) || (action.kind === 'reset' && action.afterBytes !== undefined)
  )
}

function asBody({body}: ServiceReply): Buffer | Readable {
  if (body === undefined) return Buffer.alloc(0)
  if (Buffer.isBuffer(body) || body instanceof Readable) return body
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

function writeHead(
  response: ServerResponse,
  reply: ServiceReply,
  body: Buffer | Readable,
  faults: readonly FaultAction[],
  cut: Cut | undefined,
): void {
  response.statusCode = reply.status
  const isText = typeof reply.body === 'string'
  if (isText || (typeof reply.body === 'object' && body !== reply.body))
    response.setHeader('content-type', isText ? 'text/html; charset=UTF-8' : 'application/json; charset=UTF-8')
  // The length comes last: Node misreads the bytes of a Content-Disposition that follows it.
  const {'content-length': length, ...headers} = reply.headers ?? {}
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, headerValue(value))
  if (length !== undefined) response.setHeader('content-length', length)
  if (Buffer.isBuffer(body) && reply.status !== 204 && reply.status !== 304)
    response.setHeader('content-length', body.length)
  if (cut?.kind === 'truncate') response.removeHeader('content-length')
  for (const action of faults) {
    if (action.kind !== 'headers') continue
    for (const [name, value] of Object.entries(action.set)) {
      if (value === null) response.removeHeader(name)
      else response.setHeader(name, value)
    }
  }
}

/** A header may hold any text: like Google's, it goes out as UTF-8, whose bytes Node takes one by one as Latin-1. */
function headerValue(value: string | number): string | number {
  if (typeof value === 'number' || /^[\t\x20-\x7e]*$/.test(value)) return value
  return Buffer.from(value.replace(/[\0-\x1f\x7f]/g, ' ')).toString('latin1')
}

async function* corrupted(
  chunks: Iterable<Buffer> | AsyncIterable<Buffer>,
  faults: readonly FaultAction[],
): AsyncIterable<Buffer> {
  const bytes = faults.flatMap(action => (action.kind === 'corrupt' ? [action.atByte] : []))
  let offset = 0
  for await (const chunk of chunks) {
    const here = bytes.filter(at => at >= offset && at < offset + chunk.length)
    const copy = here.length > 0 ? Buffer.from(chunk) : chunk
    for (const at of here) copy[at - offset]! ^= 1
    offset += chunk.length
    yield copy
  }
}

async function cutOff(response: ServerResponse, last: Buffer, cut: Cut): Promise<void> {
  const {socket} = response
  if (cut.kind === 'truncate') {
    response.end(last)
    return
  }
  response.flushHeaders()
  // These bytes must reach the kernel before the connection is touched, or a reset would discard them.
  if (last.length > 0) await settled(response, written => response.write(last, written))
  if (cut.kind === 'reset') {
    // libuv takes a reset that it sees in the same poll as the last bytes for an orderly end.
    await settled(response, read => void setTimeout(read, RESET_AFTER_READ).unref())
    socket?.resetAndDestroy()
  } else if (cut.kind === 'fin') socket?.end()
  else await settled(response, 'close')
}

/** Waits for an event or a callback, or for the end of the connection. */
function settled(response: ServerResponse, what: string | ((done: () => void) => void)): Promise<void> {
  if (response.destroyed) return Promise.resolve()
  return new Promise(resolve => {
    const done = () => {
      response.off('close', done)
      if (typeof what === 'string') response.off(what, done)
      resolve()
    }
    response.once('close', done)
    if (typeof what === 'string') response.once(what, done)
    else what(done)
  })
}
