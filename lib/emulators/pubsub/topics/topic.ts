import {Fifo} from '../messages/fifo.ts'
import type {Message} from '../messages/message.ts'
import type {SchemaSettings} from '../schemas/schema.ts'
import {invalid, unsupported} from '../wire/grpc-code.ts'
import {checkName} from '../wire/names.ts'
import {toMs, type WireTopic} from '../wire/wire.ts'

const MIN_RETENTION = 10 * 60_000
const MAX_RETENTION = 31 * 24 * 3_600_000

/** One topic; it keeps messages itself only if its retention is set. */
export class Topic {
  wire: WireTopic
  readonly #log = new Fifo<Message>()

  constructor(wire: WireTopic) {
    this.wire = checkTopic(wire)
  }

  get name(): string {
    return this.wire.name
  }

  get schemaSettings(): SchemaSettings | undefined {
    return (this.wire['schemaSettings'] as SchemaSettings | null) ?? undefined
  }

  get retention(): number {
    return toMs(this.wire.messageRetentionDuration) ?? 0
  }

  keep(message: Message): void {
    if (this.retention > 0) this.#log.push(message)
  }

  /** Messages within the retention, oldest first. */
  retained(now: number): Message[] {
    while (this.#log.size > 0 && this.#log.at(0)!.publishTime <= now - this.retention) this.#log.shift()
    return Array.from({length: this.#log.size}, (_, at) => this.#log.at(at)!)
  }

  update(wire: WireTopic): void {
    this.wire = checkTopic(wire)
    if (this.retention === 0) this.#log.clear()
  }
}

/** Fields of a topic that `UpdateTopic` may change. */
export const UPDATABLE_TOPIC_FIELDS = [
  'labels',
  'messageRetentionDuration',
  'messageStoragePolicy',
  'kmsKeyName',
  'schemaSettings',
]

function checkTopic(wire: WireTopic): WireTopic {
  checkName('topics', wire.name)
  if (wire['ingestionDataSourceSettings']) throw unsupported('ingestion from another source')
  const transforms = wire['messageTransforms']
  if (Array.isArray(transforms) && transforms.length > 0) throw unsupported('a message transform')
  const retention = toMs(wire.messageRetentionDuration)
  if (retention !== undefined && (retention < MIN_RETENTION || retention > MAX_RETENTION))
    throw invalid('Invalid message_retention_duration: it must be 10 minutes to 31 days.')
  return {...wire, state: 'ACTIVE'}
}
