import {randomUUID} from 'node:crypto'
import fastify, {type FastifyError, type FastifyInstance} from 'fastify'
import {prometheusPage} from 'sluice/monitor'
import {HttpProblem, problemOf} from './http-problem.ts'
import {clientGone, RequestBytes, tooLarge} from './request-bytes.ts'
import {upload} from './upload.ts'

export interface ServiceOptions {
  /** The `dataset.table` that uploads are written to. */
  table: string
  /** Most bytes of an upload, as received. Default 10 GB. */
  maxBytes?: number
  /** Most rejected records in an answer. Default 100. */
  maxRejects?: number
  /** How long a client may send nothing, ms. Default a minute. */
  idleTimeout?: number
  /** How long uploads may go on after `stop()`, ms. Default 8 s. */
  drainDeadline?: number
}

export interface Service {
  app: FastifyInstance
  /** Accepts no more connections, lets uploads finish, stops those that take too long, and resolves when all are closed. */
  stop(): Promise<void>
}

/** How long a client may go on sending after it was answered, before its connection is closed, ms. */
const LINGER = 1000

export function createService(options: ServiceOptions): Service {
  const {table, maxBytes = 10e9, maxRejects = 100, idleTimeout = 60_000, drainDeadline = 8000} = options
  const page = prometheusPage()
  /** Stops the uploads in progress, one controller each. */
  const uploads = new Set<AbortController>()
  let stopping = false

  const app = fastify({logger: false})
  app.removeAllContentTypeParsers()
  // not parsed: the handler gets the stream
  app.addContentTypeParser('text/csv', (_request, body, done) => done(null, body))

  app.post('/uploads', async (request, reply) => {
    const {headers} = request
    if (request.body === undefined) throw new HttpProblem(400, 'EMPTY', 'there is no body; send CSV with a header')
    const encoding = headers['content-encoding'] ?? 'identity'
    if (!['identity', 'gzip'].includes(encoding))
      throw new HttpProblem(415, 'UNSUPPORTED_ENCODING', `send gzip or plain text, not ${encoding}`)
    if (Number(headers['content-length']) > maxBytes) throw tooLarge(maxBytes)

    const stop = new AbortController()
    uploads.add(stop)
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) stop.abort(clientGone())
    })
    try {
      // gzip is recognised by its first bytes
      const bytes = new RequestBytes(request.raw, {maxBytes, idleTimeout})
      return await upload(bytes, {id: randomUUID(), table, maxRejects, signal: stop.signal})
    } catch (error) {
      const problem = problemOf(error)
      if ([500, 502].includes(problem.statusCode)) console.error('upload failed:', error)
      throw problem
    } finally {
      uploads.delete(stop)
    }
  })

  app.get('/healthz', async () => ({alive: true}))
  app.get('/readyz', async (_request, reply) => reply.code(stopping ? 503 : 200).send({ready: !stopping}))
  app.get('/metrics', async (_request, reply) => reply.type(page.contentType).send(page.text()))

  app.setNotFoundHandler(({method, url}, reply) =>
    reply.code(404).send({error: {code: 'NOT_FOUND', message: `there is no ${method} ${url}`}}),
  )
  app.setErrorHandler<FastifyError>(({statusCode = 500, code, message}, _request, reply) =>
    reply.code(statusCode).send({error: {code, message}}),
  )
  // closing a connection while its client is sending loses the answer, so such a client gets some time
  app.addHook('onSend', async ({raw}, reply) => {
    if (!raw.complete) reply.header('connection', 'keep-alive')
    else if (stopping) reply.header('connection', 'close')
  })
  app.addHook('onResponse', async ({raw}) => {
    if (raw.complete) return
    const {socket} = raw
    const timer = setTimeout(() => raw.complete || socket.destroy(), LINGER)
    socket.once('close', () => clearTimeout(timer))
  })

  return {
    app,
    async stop() {
      stopping = true
      const timer = setTimeout(() => {
        const why = new HttpProblem(503, 'STOPPING', 'the service stops; send the upload again')
        for (const upload of uploads) upload.abort(why)
      }, drainDeadline)
      await app.close()
      clearTimeout(timer)
      page.stop()
    },
  }
}
