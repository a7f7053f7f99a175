import {
  type BatchItem,
  BatchingSink,
  type Laned,
  type Refusal,
  type RowError,
  type StableIds,
  stableIds,
} from '../../../batching/index.ts'
import {type Bundle, type DescriptorParts, type Finding, sinkIdentity} from '../../../core/index.ts'
import {type SluiceError, show} from '../../../errors/index.ts'
import {attributeOf} from '../messages/attribute-of.ts'
import {checkResource} from '../service/check-resource.ts'
import {connectPubSub, pubSubTarget} from '../service/pubsub-client.ts'
import type {OutgoingMessage, PubSubPort} from '../service/pubsub-port.ts'
import {fullName, nameProblem, projectOf} from '../service/resource-names.ts'
import {toSluiceError} from '../service/to-sluice-error.ts'
import {atFirst, classifyPublish} from './classify-publish.ts'
import {type PubSubSinkConfig, type PubSubSinkOptions, parseSinkOptions} from './options.ts'
import {ask, composeMessage, isRefusal, orderingKeyOf} from './outgoing-message.ts'
import {measureMessage} from './publish-limits.ts'
import {StoppedKey, StoppedKeys} from './stopped-keys.ts'

/** Number of stopped keys that are logged; there may be very many. */
const LOGGED_KEYS = 100

interface MessageItem<Row> extends BatchItem<Row>, Laned {
  readonly message: OutgoingMessage
  /** Full name. */
  readonly topic: string
}

/** The sink behind `writeToPubSub`. */
export class PubSubSink<Row> extends BatchingSink<Row, MessageItem<Row>> {
  readonly #config: PubSubSinkConfig<Row>
  readonly #idOf: StableIds
  readonly #stopped = new StoppedKeys()
  /** Whether the service has confirmed a publish. */
  #answered = false
  /** The topic of a failed request, by its error. */
  readonly #topics = new WeakMap<object, string>()
  #client: PubSubPort | undefined
  #project: string | undefined
  /** Why no project is known; it matters only for short names. */
  #noProject: unknown
  /** The topic of the option, or the last one that the function returned. */
  #topic: {given: string; full: string} | undefined
  protected override port!: BatchingSink<Row, MessageItem<Row>>['port']

  constructor(given: PubSubSinkOptions<Row>, parts?: DescriptorParts) {
    const config = parseSinkOptions(given)
    const {options, policy, retry, allowMixedTargets} = config
    const {topic, project, client} = options
    super(
      {...options, policy, retry, overhead: 0, lanes: true},
      {
        defaultName: 'writeToPubSub',
        target: () => pubSubTarget(client),
        allowMixedTargets,
        // topics chosen by a function are known only with their rows
        resources: () => (typeof topic === 'string' ? [{kind: 'topic', name: topic, project}] : []),
        check: () => this.#check(),
        ...parts,
      },
    )
    this.#config = config
    const {info} = this
    info.metrics.extra['stoppedKeys'] = 0
    let identity: string | undefined
    this.#idOf = stableIds(() => (identity ??= sinkIdentity(info)))
  }

  /** Topics chosen by a function are known only with their rows. */
  async #check(): Promise<Finding[]> {
    const {topic, project, client} = this.#config.options
    if (typeof topic !== 'string') return []
    const needed = ['pubsub.topics.publish']
    return checkResource({kind: 'topics', name: topic, project, client, needed, role: 'roles/pubsub.publisher'})
  }

  override async setup(): Promise<void> {
    const {client, project, topic} = this.#config.options
    try {
      const port = await connectPubSub(client, project ?? (typeof topic === 'string' ? projectOf(topic) : undefined))
      this.#client = port
      this.#project = project
      if (!project) {
        try {
          this.#project = await port.projectId()
        } catch (error) {
          this.#noProject = error
        }
      }
      if (typeof topic === 'string') this.#topic = {given: topic, full: this.#fullName(topic)}
      this.port = {
        send: (items, signal) => this.#publish(port, items, signal),
        failures: () => [],
        classifyError: classifyPublish,
      }
    } catch (error) {
      throw toSluiceError(this.info.name, 'connect', typeof topic === 'string' ? topic : undefined, error)
    }
  }

  override async teardown(): Promise<void> {
    await this.#client?.close()
  }

  protected override get target(): string {
    const {topic} = this.#config.options
    return typeof topic === 'string' ? (this.#topic?.full ?? topic) : 'Pub/Sub'
  }

  protected override toSluiceError(error: unknown): SluiceError {
    const {topic} = this.#config.options
    const failed = typeof error === 'object' && error !== null ? this.#topics.get(error) : undefined
    return toSluiceError(
      this.info.name,
      'publish',
      failed ?? (typeof topic === 'string' ? this.target : undefined),
      error,
    )
  }

  protected override encode(bundle: Bundle<Row>, i: number): MessageItem<Row> | Refusal {
    const row = bundle.values[i]!
    const {options} = this.#config
    const topic = typeof options.topic === 'string' ? this.#topic!.full : this.#topicOf(row, options.topic)
    if (typeof topic !== 'string') return refuse(topic)
    const key = orderingKeyOf(row, options)
    if (typeof key !== 'string') return refuse(key)
    if (key === '') return this.#toItem(bundle, i, topic, '', topic)
    const lane = `${topic}\n${key}`
    const stopped = this.#stopped.refuses(lane)
    if (stopped) return refuse(stopped)
    const item = this.#toItem(bundle, i, topic, key, lane)
    if ('refused' in item) this.#stop(lane, key, topic, item.refused, false)
    return item
  }

  #toItem(bundle: Bundle<Row>, i: number, topic: string, key: string, lane: string): MessageItem<Row> | Refusal {
    const row = bundle.values[i]!
    const {options} = this.#config
    const {idAttribute} = options
    const stamp = idAttribute === undefined ? undefined : {idAttribute, id: this.#idOf(bundle, i)}
    const message = composeMessage(row, key, options, stamp)
    if (isRefusal(message)) return refuse(message)
    const size = measureMessage(message, topic)
    if (isRefusal(size)) return refuse(size)
    const insertId = idAttribute === undefined ? undefined : attributeOf(message.attributes, idAttribute)
    const {bytes, content: rowBytes} = size
    return {
      row,
      message,
      topic,
      lane,
      ordered: key !== '',
      bytes,
      rowBytes,
      insertId,
      lease: undefined,
      columns: undefined,
      at: 0,
    }
  }

  #topicOf(row: Row, topic: (row: Row) => string): string | RowError {
    const asked = ask('topic', topic, row)
    if (isRefusal(asked)) return asked
    const {value: given} = asked
    if (this.#topic?.given === given) return this.#topic.full
    const problem = nameProblem('topics', given)
    if (problem)
      return {reason: 'invalid', location: 'topic', message: `topic() returned ${show(given)}, not ${problem}`}
    this.#topic = {given, full: this.#fullName(given)}
    return this.#topic.full
  }

  #fullName(topic: string): string {
    if (this.#project === undefined && projectOf(topic) === undefined)
      throw toSluiceError(this.info.name, 'connect', topic, this.#noProject)
    return fullName('topics', topic, this.#project ?? '')
  }

  async #publish(port: PubSubPort, items: readonly MessageItem<Row>[], signal: AbortSignal): Promise<string[]> {
    const {lane, ordered, topic} = items[0]!
    const refusal = ordered ? this.#stopped.refusesSending(lane) : undefined
    if (refusal) throw new StoppedKey(refusal)
    try {
      const messages = items.map(({message}) => message)
      const ids = await port.publish(topic, messages, signal)
      this.#answered = true
      return ids
    } catch (thrown) {
      const error = this.#answered ? thrown : atFirst(thrown)
      this.#topics.set(error as object, topic)
      throw error
    }
  }

  protected override itemRefused({ordered, lane, topic, message}: MessageItem<Row>, errors: readonly RowError[]): void {
    if (ordered) this.#stop(lane, message.orderingKey, topic, errors[0]!, true)
  }

  /** Stops a key: a message with it was not published, so no later one may be. */
  #stop(lane: string, key: string, topic: string, why: RowError, sent: boolean): void {
    if (!this.#stopped.stop(lane, key, why, sent)) return
    const {name, metrics, log} = this.info
    metrics.extra['stoppedKeys'] = this.#stopped.size
    if (this.#stopped.size > LOGGED_KEYS) return
    log.warn(
      `${name}: the ordering key ${show(key)} of ${topic} has stopped: a message with it was not published (` +
        `${why.message || why.reason}); later rows with it are refused until the end of the run`,
      {stage: name, topic, orderingKey: key},
    )
  }
}

function refuse(refused: RowError): Refusal {
  return {refused, insertId: undefined}
}
