import type {PubSub, v1} from '@google-cloud/pubsub'
import type {Target} from '../../../core/index.ts'
import {badOption} from '../../../errors/index.ts'
import {environmentProject, projectVariable} from '../../../util/index.ts'
import {classifyError, unexpectedAnswer} from './classify-error.ts'
import {ClientPullStream, type PullStub} from './client-pull-stream.ts'
import {publishOnce} from './publish-call.ts'
import {PubSubError} from './pubsub-error.ts'
import type {AckFailures, OutgoingMessage, PubSubPort, PullEvents, PullRequest, PullStream} from './pubsub-port.ts'
import {CALL_TIMEOUT, type SettleMethod, type SettleRequest, settleOnce} from './settle-call.ts'

const VARIABLE = 'PUBSUB_EMULATOR_HOST'
const DEADLINE_EXCEEDED = 4
const NO_FAILURES: AckFailures = new Map()
const DAY = 24 * 60 * 60

/**
 * Where a connector with this `client` option connects, for the check that a job does not mix emulators and Google Cloud.
 *
 * @example
 * pubSubTarget(undefined).local // true when PUBSUB_EMULATOR_HOST is set
 */
export function pubSubTarget(client: PubSub | undefined): Target {
  return {
    service: 'pubsub',
    variable: VARIABLE,
    local: Boolean(process.env[VARIABLE]),
    explicit: client !== undefined,
  }
}

/** Checks the `client` option without loading the official client. */
export function checkPubSubClient(where: string, client: unknown): void {
  if (client === undefined) return
  if (typeof (client as {getClientConfig?: unknown} | null)?.getClientConfig !== 'function')
    throw badOption(where, 'client', client, "a `new PubSub()` of '@google-cloud/pubsub'")
}

/**
 * Connects a port through the official client's generated clients (`v1`). It uses their streams and calls directly, because the
 * higher-level classes acknowledge, extend leases and limit messages by their own rules. It takes over the configuration of a
 * given client; the first call opens the connection.
 */
export async function connectPubSub(given: PubSub | undefined, project: string | undefined): Promise<PubSubPort> {
  const official = await import('@google-cloud/pubsub')
  const client = given ?? new official.PubSub(await configOf(project))
  const hint = 'name the project: the option `project`, or the variable GOOGLE_CLOUD_PROJECT'
  let config: ClientConfig
  try {
    config = {...(await clientConfig(client, project))} as ClientConfig
  } catch (error) {
    throw new PubSubError('unauthenticated', `${classifyError(error, false).message}; ${hint}`, {cause: error})
  }
  return new ClientPort(official.v1, config, String(config.projectId || client.projectId || ''))
}

/** The configuration of a client; without a project, the client looks for one over the network. */
async function clientConfig(client: PubSub, project: string | undefined): Promise<object> {
  const {options} = client as {options?: {projectId?: string}}
  const known = options?.projectId ? undefined : (project ?? projectVariable())
  if (options && known !== undefined && !client.isIdResolved) return {...options, projectId: known}
  return client.getClientConfig()
}

async function configOf(project: string | undefined): Promise<object> {
  const projectId = project ?? environmentProject()
  const named = projectId ? {projectId} : {}
  if (!process.env[VARIABLE]) return named
  // even for an emulator the client would look for credentials, and wait for a metadata server
  const {PassThroughClient} = await import('google-auth-library')
  return {...named, authClient: new PassThroughClient()}
}

type Clients = typeof v1
type ClientConfig = Exclude<ConstructorParameters<Clients['SubscriberClient']>[0], undefined>
type Subscriber = InstanceType<Clients['SubscriberClient']>
type Publisher = InstanceType<Clients['PublisherClient']>
/**
 * Without `retry` the generated client would retry calls by its own table. Each call needs a copy: the client writes the
 * resource's name into it.
 */
interface CallSettings {
  timeout: number
  retry: never
}
const CALL = {timeout: CALL_TIMEOUT, retry: null} as unknown as CallSettings

class ClientPort implements PubSubPort {
  readonly #clients: Clients
  readonly #config: ClientConfig
  readonly #project: string
  #subscriber: Subscriber | undefined
  #publisher: Publisher | undefined
  readonly #old = new Set<Subscriber>()
  /** Aborted on close, so that no call outlives the port. */
  readonly #closed = new AbortController()
  #reached = false

  constructor(clients: Clients, config: ClientConfig, project: string) {
    this.#clients = clients
    this.#config = config
    this.#project = project
  }

  async projectId(): Promise<string> {
    if (this.#project && this.#project !== '{{projectId}}') return this.#project
    throw new PubSubError(
      'unauthenticated',
      'no project is known; name it: the option `project`, or the variable GOOGLE_CLOUD_PROJECT',
    )
  }

  #subscriberClient(): Subscriber {
    // a pool of its own, so that a new client is a new connection
    const config = {...this.#config, 'grpc.use_local_subchannel_pool': 1}
    return (this.#subscriber ??= new this.#clients.SubscriberClient(config))
  }

  pull(request: PullRequest, events: PullEvents): PullStream {
    const answered = () => void (this.#reached = true)
    const stream = new ClientPullStream(request, events, answered, () => this.#reached)
    // uses the generated stub, as the official client does: the layers above it would buffer messages
    const opened = this.#subscriberClient().initialize() as unknown as Promise<PullStub>
    opened.then(
      stub => stream.open(stub),
      error => stream.failed(error, this.#reached),
    )
    return stream
  }

  async acknowledge(subscription: string, ackIds: string[]): Promise<AckFailures> {
    return this.#settle('acknowledge', {subscription, ackIds})
  }

  async modifyAckDeadline(subscription: string, ackIds: string[], seconds: number): Promise<AckFailures> {
    const request = {subscription, ackIds, ackDeadlineSeconds: seconds}
    return this.#settle('modifyAckDeadline', request)
  }

  async #settle(method: SettleMethod, request: SettleRequest): Promise<AckFailures> {
    const client = this.#subscriberClient()
    try {
      await settleOnce(client, method, request, this.#closed.signal)
      this.#reached = true
      return NO_FAILURES
    } catch (error) {
      const failures = ackFailures(error)
      if (failures.size > 0) return failures
      // no response at all: the connection may be dead
      if ((error as {code?: unknown}).code === DEADLINE_EXCEEDED && client === this.#subscriber) this.renew()
      throw classifyError(error, this.#reached)
    }
  }

  async publish(topic: string, messages: readonly OutgoingMessage[], signal: AbortSignal): Promise<string[]> {
    this.#publisher ??= new this.#clients.PublisherClient(this.#config)
    try {
      const messageIds = await publishOnce(this.#publisher, topic, messages, signal)
      this.#reached = true
      return messageIds
    } catch (error) {
      throw classifyError(error, this.#reached)
    }
  }

  async createTemporarySubscription(name: string, topic: string): Promise<void> {
    // the subscription may not expire before its messages
    const request = {
      name,
      topic,
      ackDeadlineSeconds: 60,
      expirationPolicy: {ttl: {seconds: DAY}},
      messageRetentionDuration: {seconds: DAY},
    }
    const [made] = await this.#call(this.#subscriberClient().createSubscription(request, {...CALL}))
    if (made.name !== name) throw unexpectedAnswer('createSubscription', `it is not about ${name}`, made)
  }

  async testPermissions(resource: string, permissions: readonly string[]): Promise<string[]> {
    try {
      const request = {resource, permissions: [...permissions]}
      const [answer] = await this.#subscriberClient().testIamPermissions(request as never, {...CALL})
      this.#reached = true
      return answer.permissions ?? []
    } catch (error) {
      throw classifyError(error, this.#reached)
    }
  }

  async deleteSubscription(subscription: string): Promise<void> {
    await this.#call(this.#subscriberClient().deleteSubscription({subscription}, {...CALL}))
  }

  async #call<T>(call: Promise<T>): Promise<T> {
    try {
      const answer = await call
      this.#reached = true
      return answer
    } catch (error) {
      throw classifyError(error, this.#reached)
    }
  }

  renew(): void {
    if (!this.#subscriber) return
    const old = this.#subscriber
    this.#subscriber = undefined
    this.#old.add(old)
    // calls in flight on the old connection may still be answered, until their own deadline
    setTimeout(() => void this.#closeOld(old), CALL_TIMEOUT).unref()
  }

  async #closeOld(old: Subscriber): Promise<void> {
    if (this.#old.delete(old)) await old.close().catch(() => {})
  }

  async close(): Promise<void> {
    this.#closed.abort()
    const closing = [this.#subscriber, this.#publisher, ...this.#old].map(client => client?.close())
    this.#old.clear()
    await Promise.allSettled(closing)
  }
}

/** The ack ids that an exactly-once subscription refused, from the error's ErrorInfo. */
function ackFailures(error: unknown): AckFailures {
  const metadata = (error as {errorInfoMetadata?: Record<string, string>} | null)?.errorInfoMetadata ?? {}
  const failures = new Map<string, 'transient' | 'permanent'>()
  for (const [ackId, reason] of Object.entries(metadata))
    if (/^(TRANSIENT|PERMANENT)_FAILURE/.test(reason))
      failures.set(ackId, reason.startsWith('TRANSIENT') ? 'transient' : 'permanent')
  return failures
}
