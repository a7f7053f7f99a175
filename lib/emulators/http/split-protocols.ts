import type {Server as HttpServer} from 'node:http'
import {createServer as createHttp2Server} from 'node:http2'
import {createServer, type Server, type Socket} from 'node:net'

const PREFACE = Buffer.from('PRI * HTTP/2')
/** gRPC's UNIMPLEMENTED. */
const UNIMPLEMENTED = '12'

/**
 * A listener that hands HTTP/1.1 to `http` and answers every gRPC call with UNIMPLEMENTED: a gRPC client that finds no
 * HTTP/2 connects again and again until its deadline, which is a minute for most of them.
 */
export function splitProtocols(http: HttpServer): Server {
  const grpc = createHttp2Server()
  grpc.on('sessionError', () => {})
  grpc.on('stream', (stream, headers) => {
    stream.on('error', () => {})
    const message = `local emulator: ${headers[':path']} is not supported; this port serves REST (Pub/Sub has a port of its own, and BigQuery's Storage API is not there: read and write through REST)`
    stream.respond(
      {
        ':status': 200,
        'content-type': 'application/grpc+proto',
        'grpc-status': UNIMPLEMENTED,
        'grpc-message': encodeURI(message),
      },
      {endStream: true},
    )
  })
  // As HTTP servers make theirs: without Nagle's delay, and answering clients that have ended their side.
  return createServer({allowHalfOpen: true, noDelay: true}, socket => {
    socket.on('error', () => {})
    firstBytes(socket, bytes => {
      ;(bytes.subarray(0, PREFACE.length).equals(PREFACE) ? grpc : http).emit('connection', socket)
    })
  })
}

/** Peeks at as many first bytes of a connection as it takes to recognise the protocol. */
function firstBytes(socket: Socket, use: (bytes: Buffer) => void): void {
  let bytes: Buffer = Buffer.alloc(0)
  const read = () => {
    const chunk = socket.read() as Buffer | null
    if (chunk === null && bytes.length === 0) return void socket.end()
    // POST, PUT and PATCH begin like the preface: with a client that sends byte by byte it is still open.
    if (chunk !== null) bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk])
    const isUndecided = bytes.length < PREFACE.length && PREFACE.subarray(0, bytes.length).equals(bytes)
    if (isUndecided && chunk !== null) return void socket.once('readable', read)
    socket.unshift(bytes)
    use(bytes)
  }
  socket.once('readable', read)
}
