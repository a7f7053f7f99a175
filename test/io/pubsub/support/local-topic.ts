import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {type Message, PubSub, v1} from '@google-cloud/pubsub'
import {type Logger, useClock} from '../../../../lib/core/index.ts'
import {writeToPubSub} from '../../../../lib/dead-letters/index.ts'
import {type FaultAction, type FaultRule, type LocalCloud, startLocalCloud} from '../../../../lib/emulators/index.ts'
import type {PubSubWriteOptions} from '../../../../lib/io/pubsub/index.ts'
import {PubSubError, type PubSubSink} from '../../../../lib/io/pubsub/index.ts'
import {ManualClock} from '../../../batching/manual-clock.ts'

const DETECTION = 'METADATA_SERVER_DETECTION'

/** A message as a subscriber gets it. */
export interface Landed {
  id: string
  data: string
  attributes: Record<string, string>
  key: string
}

/** A local Pub/Sub for a suite; each test has its own topic with a subscription, no faults, an empty log, and a clock. */
export class LocalTopic {
  cloud!: LocalCloud
  client!: PubSub
  clock!: ManualClock
  /** Short name of this test's topic; its subscription has the same. */
  topic!: string
  warnings: string[] = []
  #subscriber!: v1.SubscriberClient
  #count = 0

  constructor() {
    const saved = process.env[DETECTION]
    before(async () => {
      process.env[DETECTION] = 'none'
      this.cloud = await startLocalCloud({services: ['pubsub']})
      this.client = new PubSub(this.cloud.clientOptions.pubsub)
      type Config = ConstructorParameters<typeof v1.SubscriberClient>[0]
      this.#subscriber = new v1.SubscriberClient((await this.client.getClientConfig()) as Config)
    })
    beforeEach(async () => {
      this.clock = new ManualClock()
      // The delay of a batch and pauses before retries pass at once; the grace after a failure does not
      this.clock.skip = ms => ms !== 10_000
      this.warnings = []
      this.cloud.faults.clear()
      this.cloud.permissions = undefined
      this.topic = await this.addTopic()
      this.cloud.log.clear()
    })
    after(async () => {
      await Promise.all([this.#subscriber.close(), this.client.close()])
      await this.cloud.close()
      if (saved === undefined) delete process.env[DETECTION]
      else process.env[DETECTION] = saved
    })
  }

  /** Makes a topic with a subscription of the same name. */
  async addTopic(): Promise<string> {
    const name = `topic-${++this.#count}`
    const [topic] = await this.client.createTopic(name)
    await topic.createSubscription(name, {enableMessageOrdering: false})
    return name
  }

  /** Name of this test's topic in full. */
  get full(): string {
    return `projects/local-project/topics/${this.topic}`
  }

  /** A sink on this test's topic, with the test's clock. */
  sink<Row = unknown>(options: Partial<PubSubWriteOptions<Row>> = {}): PubSubSink<Row> {
    const warn = (message: string) => void this.warnings.push(message)
    const logger: Logger = {debug() {}, info() {}, warn, error: warn}
    const sink = writeToPubSub<Row>({topic: this.topic, client: this.client, logger, ...options})
    useClock(sink.info, this.clock)
    return sink
  }

  write<Row>(list: Iterable<Row>, sink = this.sink<Row>()): Promise<void> {
    return pipeline(Readable.from(list), sink)
  }

  /** Writes and reads `failedRows()`: the rows with their first reasons. */
  async refused<Row>(list: Iterable<Row>, sink: PubSubSink<Row>): Promise<[row: unknown, reason: string][]> {
    const failed = sink.failedRows()
    const running = pipeline(Readable.from(list), sink)
    const rejects: [unknown, string][] = []
    for await (const {row, errors} of failed) rejects.push([row, errors[0]!.message])
    await running
    return rejects
  }

  fault(action: FaultAction, more: Partial<FaultRule> = {}): void {
    this.cloud.faults.add({match: {call: 'pubsub.publish'}, do: action, ...more})
  }

  /** Everything that has landed in a topic, in the order of publishing; acknowledged. */
  async landed(topic = this.topic): Promise<Landed[]> {
    const subscription = `projects/local-project/subscriptions/${topic}`
    const all: Landed[] = []
    for (;;) {
      const [{receivedMessages}] = await this.#subscriber.pull({
        subscription,
        maxMessages: 1000,
        returnImmediately: true,
      })
      if (!receivedMessages || receivedMessages.length === 0) break
      for (const {message} of receivedMessages) {
        const {messageId, data, attributes, orderingKey} = message as unknown as Message & {
          messageId: string
          orderingKey: string
        }
        all.push({id: messageId, data: Buffer.from(data).toString(), attributes: {...attributes}, key: orderingKey})
      }
      await this.#subscriber.acknowledge({subscription, ackIds: receivedMessages.map(({ackId}) => ackId!)})
    }
    return all.sort((a, b) => Number(a.id) - Number(b.id))
  }

  async data(topic = this.topic): Promise<string[]> {
    return (await this.landed(topic)).map(({data}) => data)
  }

  /** The publish requests so far. */
  get publishes() {
    return this.cloud.log.of({call: 'pubsub.publish'}).map(({status, requestBytes, notes}) => ({
      status,
      requestBytes,
      messages: notes['messages'] as number | undefined,
    }))
  }
}

/** True for the cause of an error of ours, with that kind. */
export function isKind(cause: unknown, kind: PubSubError['kind']): boolean {
  return cause instanceof PubSubError && cause.kind === kind
}

/** `count` texts `m0`, `m1`, … */
export function texts(count: number, from = 0): string[] {
  return Array.from({length: count}, (_, i) => `m${from + i}`)
}
