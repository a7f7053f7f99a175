import type {Http2Server} from 'node:http2'
import type {Server} from '@grpc/grpc-js'
import type {LocalContents} from '../service/contents.ts'
import type {FaultAction} from '../service/fault-rules.ts'
import type {LocalClock} from '../service/service.ts'
import {Calls, type CallsContext} from './calls/calls.ts'
import {unservedServer} from './calls/unserved.ts'
import {type ConnectionTaker, GrpcPort} from './grpc/grpc-port.ts'
import type {GrpcFiles, LoadedGrpc} from './grpc/load-grpc.ts'
import {World} from './topics/world.ts'
import {CODE, codeOf} from './wire/grpc-code.ts'

/** The controls of the local Pub/Sub, beside those of the whole cloud. */
export interface LocalPubSub {
  /** `127.0.0.1:PORT`, for `PUBSUB_EMULATOR_HOST`. */
  readonly host: string
  /**
   * Does all that is due by the cloud's clock: leases and back-offs end, retention and expiration take effect. Call it after
   * moving a clock of your own. It also happens before every call, and by a timer in real time.
   */
  tick(): void
  /** Ends all open streaming pulls with this gRPC code (or HTTP status). Default: 14, `UNAVAILABLE`. */
  endStreams(status?: number): void
  /** Messages of a subscription (full name) that are not acknowledged, those of them that are out, and open streams and pulls; undefined if there is none. */
  stats(subscription: string): {unacked: number; outstanding: number; consumers: number} | undefined
  /** Cuts every connection and refuses new ones; topics, subscriptions and messages stay. */
  stop(): Promise<void>
  /** Opens the same port again. */
  start(): Promise<void>
  /** `stop()` and `start()`. */
  restart(): Promise<void>
}

/** The local Pub/Sub as the local cloud runs it. */
export interface PubSubService extends LocalPubSub {
  contents(): Pick<LocalContents, 'topics' | 'subscriptions'>
  reset(): void
  close(): Promise<void>
}

/** What the local Pub/Sub is made of. */
export interface PubSubOptions extends Omit<CallsContext, 'world'> {
  clock: LocalClock
  /** 0: any free one. */
  port: number
  /** Where grpc is; or why there is none, with which every call is answered. */
  grpc: GrpcFiles | {missing: string}
}

const SERVED = [
  'google.pubsub.v1.Publisher',
  'google.pubsub.v1.Subscriber',
  'google.pubsub.v1.SchemaService',
  'google.iam.v1.IAMPolicy',
]

// asked for every message, so it allocates nothing
const NO_FAULTS: readonly FaultAction[] = []

/** Opens a port for Pub/Sub; grpc is loaded when somebody connects. */
export async function createPubSubService(options: PubSubOptions): Promise<PubSubService> {
  const {clock, port: wanted, grpc: files, faults, log, permissions} = options
  const world = new World(clock, (call, path) =>
    faults.armed ? faults.take('POST', {service: 'pubsub', call, path, search: ''}) : NO_FAULTS,
  )
  let server: Server | Http2Server | undefined
  const port = new GrpcPort(wanted, async () => {
    if ('missing' in files) return unserved((server = unservedServer(files.missing)))
    const {loadGrpc} = await import('./grpc/load-grpc.ts')
    const loaded = await loadGrpc(files)
    const served = serverOf(new Calls({world, faults, log, permissions}, loaded), loaded)
    server = served.server
    return served
  })
  await port.open()
  const host = `127.0.0.1:${port.port}`
  return {
    host,
    tick: () => world.tick(),
    endStreams(status = CODE.UNAVAILABLE) {
      for (const {consumers} of world.subscriptions.values())
        consumers.end(codeOf(status), 'injected end of the stream')
    },
    stats(name) {
      const subscription = world.subscriptions.get(name)
      if (!subscription) return undefined
      const {backlog, outstanding, consumers} = subscription
      return {unacked: backlog.unacked, outstanding, consumers: consumers.size}
    },
    stop: () => port.close(),
    start: () => port.open(),
    async restart() {
      await port.close()
      await port.open()
    },
    contents: () => ({
      topics: [...world.topics.keys()],
      subscriptions: [...world.subscriptions].map(([name, {backlog}]) => ({name, unacked: backlog.unacked})),
    }),
    reset: () => world.clear(),
    async close() {
      world.close()
      await port.close()
      if (server && 'forceShutdown' in server) server.forceShutdown()
      else server?.close()
    },
  }
}

function serverOf(calls: Calls, {grpc, definitions}: LoadedGrpc): ConnectionTaker & {server: Server} {
  const server = new grpc.Server({
    // The service's own limit is reported in its own words.
    'grpc.max_receive_message_length': 64 * 2 ** 20,
    'grpc.max_send_message_length': -1,
  })
  for (const name of SERVED) {
    const definition = calls.measured(definitions[name] as never)
    server.addService(definition, calls.implementation(definition))
  }
  const injector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure())
  return {server, take: socket => injector.injectConnection(socket)}
}

function unserved(server: Http2Server): ConnectionTaker {
  return {take: socket => void server.emit('connection', socket)}
}
