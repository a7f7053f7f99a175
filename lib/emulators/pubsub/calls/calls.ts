import {setTimeout as sleep} from 'node:timers/promises'
import type {
  Metadata,
  MethodDefinition,
  ServerUnaryCall,
  ServiceDefinition,
  StatusObject,
  sendUnaryData,
  UntypedServiceImplementation,
} from '@grpc/grpc-js'
import {messageOf} from '../../../errors/index.ts'
import type {Faults} from '../../faults/faults.ts'
import type {LogEntry, RequestLog} from '../../faults/request-log.ts'
import type {FaultAction} from '../../service/fault-rules.ts'
import type {LoadedGrpc} from '../grpc/load-grpc.ts'
import type {World} from '../topics/world.ts'
import {encodePulled} from '../wire/encode-pull.ts'
import {DETAILS_TRAILER, statusWithErrorInfo} from '../wire/error-details.ts'
import {CODE, codeOf, PubSubError, unsupported} from '../wire/grpc-code.ts'
import type {WireStreamingPull} from '../wire/wire.ts'
import type {CallContext, Handler} from './call-context.ts'
import {callOf, METHODS, pathOf} from './methods.ts'
import {type StreamingPullCall, startStreamingPull} from './streaming-pull.ts'

/** What serves the calls, and the rules that they follow. */
export interface CallsContext {
  readonly world: World
  readonly faults: Faults
  readonly log: RequestLog
  /** Read at every call, so that a test can change it in between. */
  permissions(): readonly string[] | undefined
}

/** How long a stream stays open, in milliseconds, after its client has ended its half. */
const HALF_CLOSED = 1000

/** A call that is in the log. */
interface Arrived {
  entry: LogEntry
  context: CallContext
  /** Called when the caller has gone. */
  gone(): void
}

type Failure = Partial<StatusObject> & {code: number; details: string}

/** Takes calls in, logs them, carries out faults, and asks the handlers. */
export class Calls {
  readonly #context: CallsContext
  readonly #metadata: () => Metadata
  readonly #protobuf: LoadedGrpc['protobuf']
  readonly #sizes = new WeakMap<object, number>()

  constructor(context: CallsContext, {grpc, protobuf}: LoadedGrpc) {
    this.#context = context
    this.#protobuf = protobuf
    this.#metadata = () => new grpc.Metadata()
  }

  /** A service definition whose requests' sizes are known afterwards. */
  measured(definition: ServiceDefinition): ServiceDefinition {
    const measure = (method: MethodDefinition<object, object>) => ({
      ...method,
      requestDeserialize: (bytes: Buffer) => {
        const request = method.requestDeserialize(bytes)
        this.#sizes.set(request, bytes.length)
        return request
      },
      ...(method.path.endsWith('/StreamingPull') && {responseSerialize: encodePulled}),
    })
    return Object.fromEntries(Object.entries(definition).map(([name, method]) => [name, measure(method)]))
  }

  /** Implementations of all methods; unsupported ones answer `UNIMPLEMENTED`. */
  implementation(definition: ServiceDefinition): UntypedServiceImplementation {
    const entries = Object.keys(definition).map(method => {
      if (method === 'StreamingPull') return [method, (call: StreamingPullCall) => this.#stream(call)]
      const handler = METHODS.get(method)
      return [
        method,
        (call: ServerUnaryCall<object, object>, callback: sendUnaryData<object>) =>
          void this.#unary(method, handler, call, callback),
      ]
    })
    return Object.fromEntries(entries)
  }

  async #unary(
    method: string,
    handler: Handler<never> | undefined,
    call: ServerUnaryCall<object, object>,
    callback: sendUnaryData<object>,
  ): Promise<void> {
    const {entry, context, gone} = this.#arrive(method, call.request as Record<string, unknown>)
    call.on('cancelled', gone)
    try {
      await hold(context.faults, context.signal)
      if (context.signal.aborted) return
      if (!handler) throw unsupported(`the method ${method}`)
      refuse(context.faults)
      this.#context.world.tick()
      const reply = await handler(call.request as never, context)
      failAfter(context.faults)
      entry.status = CODE.OK
      callback(null, reply)
    } catch (error) {
      callback(this.#failure(error, entry))
    }
  }

  #stream(call: StreamingPullCall): void {
    let stream: ReturnType<typeof startStreamingPull> | undefined
    let arrived: Arrived | undefined
    let ended = false
    const close = () => {
      stream?.closed()
      arrived?.gone()
    }
    const fail = (error: unknown) => {
      if (ended) return
      ended = true
      close()
      const entry = arrived?.entry
      call.emit('error', this.#failure(error, entry))
    }
    const first = async (request: WireStreamingPull) => {
      arrived = this.#arrive('StreamingPull', request as unknown as Record<string, unknown>)
      await hold(arrived.context.faults, arrived.context.signal)
      if (ended || arrived.context.signal.aborted) return
      refuse(arrived.context.faults)
      this.#context.world.tick()
      call.sendMetadata(this.#metadata())
      stream = startStreamingPull(call, request, arrived.context, fail)
    }
    call.on('data', (request: WireStreamingPull) => {
      if (ended) return
      try {
        if (stream) stream.next(request)
        else if (!arrived) first(request).catch(fail)
      } catch (error) {
        fail(error)
      }
    })
    const cancelled = () => {
      if (ended) return
      ended = true
      if (arrived) arrived.entry.status = CODE.CANCELLED
      close()
    }
    // A cancelled call ends here as well. Clients would take an orderly end of the stream for an error.
    const halfClosed = () => fail(new PubSubError(CODE.UNAVAILABLE, 'The client has ended its half of the stream.'))
    call.on('end', () => void setTimeout(halfClosed, HALF_CLOSED).unref())
    call.on('error', () => {})
    call.on('cancelled', cancelled)
  }

  #arrive(method: string, request: Record<string, unknown>): Arrived {
    const {world, log, faults} = this.#context
    const call = callOf(method)
    const path = pathOf(request)
    const actions = faults.take('POST', {service: 'pubsub', call, path, search: ''})
    const bytes = this.#sizes.get(request) ?? 0
    const entry: LogEntry = {
      time: world.now(),
      service: 'pubsub',
      call,
      method: 'POST',
      path,
      query: {},
      range: undefined,
      contentRange: undefined,
      status: undefined,
      requestBytes: bytes,
      replyBytes: 0,
      faults: actions.map(action => action.kind),
      notes: {},
    }
    log.push(entry)
    const controller = new AbortController()
    const context: CallContext = {
      world,
      protobuf: this.#protobuf,
      bytes,
      faults: actions,
      signal: controller.signal,
      authorize: (permission, resource) => this.#authorize(permission, resource),
      note: facts => void Object.assign(entry.notes, facts),
    }
    return {entry, context, gone: () => controller.abort()}
  }

  #authorize(permission: string, resource: string): void {
    const permissions = this.#context.permissions()
    if (permissions === undefined || permissions.includes(permission)) return
    throw new PubSubError(
      CODE.PERMISSION_DENIED,
      `User not authorized to perform this action. Permission '${permission}' denied on resource '${resource}' (or it may not exist).`,
    )
  }

  #failure(thrown: unknown, entry: LogEntry | undefined): Failure {
    const error =
      thrown instanceof PubSubError ? thrown : new PubSubError(CODE.INTERNAL, `local emulator: ${messageOf(thrown)}`)
    if (entry) {
      entry.status = error.code
      if (error !== thrown) entry.notes['error'] = thrown
    }
    const failure: Failure = {code: error.code, details: error.message}
    if (!error.ackFailures) return failure
    const metadata = this.#metadata()
    const reason = [...error.ackFailures.values()][0]!
    metadata.set(DETAILS_TRAILER, statusWithErrorInfo(error.code, error.message, reason, error.ackFailures))
    return {...failure, metadata}
  }
}

/** Carries out the faults that make a call wait; one that hangs waits until the caller goes. */
async function hold(faults: readonly FaultAction[], signal: AbortSignal): Promise<void> {
  try {
    for (const action of faults) {
      if (action.kind === 'delay') await sleep(action.ms, undefined, {signal, ref: false})
      if (action.kind === 'hang') await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()))
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** Fails a call that a fault refuses, before it is carried out. */
function refuse(faults: readonly FaultAction[]): void {
  for (const action of faults) {
    if (action.kind === 'status')
      throw new PubSubError(codeOf(action.status), action.message ?? `injected ${codeOf(action.status)}`)
    if (action.kind === 'reset') throw new PubSubError(CODE.UNAVAILABLE, 'injected loss of the connection')
  }
}

/** Fails a call that was carried out. */
function failAfter(faults: readonly FaultAction[]): void {
  for (const action of faults) {
    if (action.kind !== 'commitThenFail') continue
    const code = typeof action.with === 'number' ? codeOf(action.with) : CODE.UNAVAILABLE
    throw new PubSubError(code, 'injected loss of the answer')
  }
}
