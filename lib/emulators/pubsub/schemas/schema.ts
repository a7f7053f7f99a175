import {randomBytes} from 'node:crypto'
import {CODE, invalid, notFound, PubSubError} from '../wire/grpc-code.ts'
import type {WireMessage} from '../wire/wire.ts'
import {fromMs, type Seconds} from '../wire/wire.ts'
import {parseAvro} from './avro.ts'
import type {MessageSchema} from './message-schema.ts'
import {type Protobuf, parseProtobuf} from './protobuf.ts'

/** A revision of a schema, as it is answered. */
export interface WireSchema {
  name: string
  type: string
  definition: string
  revisionId: string
  revisionCreateTime: Seconds | null
}

/** What a topic asks of its messages. */
export interface SchemaSettings {
  schema: string
  encoding: string
  firstRevisionId: string
  lastRevisionId: string
}

const MAX_REVISIONS = 20
/** The schema of a topic whose schema was deleted. */
export const DELETED_SCHEMA = '_deleted-schema_'

/** Makes the checks of a definition; `INVALID_ARGUMENT` says what is wrong with it. */
export function parseSchema(
  {type, definition}: Pick<WireSchema, 'type' | 'definition'>,
  protobuf: Protobuf,
): MessageSchema {
  if (definition === '') throw invalid('The schema has no definition.')
  if (type === 'AVRO') return parseAvro(definition)
  if (type === 'PROTOCOL_BUFFER') return parseProtobuf(definition, protobuf)
  throw invalid('The schema has no type: it must be AVRO or PROTOCOL_BUFFER.')
}

/** One schema with its revisions, the oldest first. */
export class Schema {
  readonly name: string
  readonly type: string
  readonly #protobuf: Protobuf
  readonly #revisions: {wire: WireSchema; checks: MessageSchema}[] = []

  constructor(name: string, given: Pick<WireSchema, 'type' | 'definition'>, now: number, protobuf: Protobuf) {
    this.name = name
    this.type = given.type
    this.#protobuf = protobuf
    this.commit(given, now)
  }

  get latest(): WireSchema {
    return this.#revisions.at(-1)!.wire
  }

  /** All revisions, the newest first. */
  get revisions(): WireSchema[] {
    return this.#revisions.map(({wire}) => wire).reverse()
  }

  revision(id: string): WireSchema {
    const found = this.#revisions.find(({wire}) => wire.revisionId === id)
    if (!found) throw notFound(`${this.name}@${id}`)
    return found.wire
  }

  commit({type, definition}: Pick<WireSchema, 'type' | 'definition'>, now: number): WireSchema {
    if (type !== this.type) throw invalid(`A revision must have the type of its schema, ${this.type}.`)
    if (this.#revisions.length >= MAX_REVISIONS)
      throw new PubSubError(CODE.FAILED_PRECONDITION, `A schema has at most ${MAX_REVISIONS} revisions.`)
    const checks = parseSchema({type, definition}, this.#protobuf)
    const revisionId = randomBytes(4).toString('hex')
    const wire = {name: this.name, type, definition, revisionId, revisionCreateTime: fromMs(now)}
    this.#revisions.push({wire, checks})
    return wire
  }

  remove(id: string): void {
    const at = this.#revisions.indexOf(this.#revisions.find(({wire}) => wire === this.revision(id))!)
    if (this.#revisions.length === 1)
      throw invalid('The only revision of a schema cannot be deleted: delete the schema.')
    this.#revisions.splice(at, 1)
  }

  /** The newest revision, of those that a topic allows, that a message fits; what the last one says if it fits none. */
  fitting(data: Buffer, {encoding, firstRevisionId, lastRevisionId}: SchemaSettings): string {
    const place = (id: string, otherwise: number) =>
      id === '' ? otherwise : this.#revisions.findIndex(({wire}) => wire.revisionId === id)
    const allowed = this.#revisions.slice(
      place(firstRevisionId, 0),
      place(lastRevisionId, this.#revisions.length - 1) + 1,
    )
    let problem: unknown = new Error('the topic allows no revision of its schema')
    for (const {wire, checks} of allowed.reverse()) {
      try {
        if (encoding === 'JSON') checks.checkJson(data.toString())
        else checks.checkBinary(data)
        return wire.revisionId
      } catch (error) {
        problem = error
      }
    }
    throw problem
  }
}

/** The attributes that say which revision a message fits; `INVALID_ARGUMENT` when it fits none. */
export function schemaAttributes(
  schema: Schema | undefined,
  settings: SchemaSettings,
  {data}: WireMessage,
  index: number,
): Record<string, string> {
  if (!schema) throw invalid(`The schema of the topic does not exist any more (${settings.schema}).`)
  try {
    return {
      googclient_schemaencoding: settings.encoding,
      googclient_schemaname: schema.name,
      googclient_schemarevisionid: schema.fitting(data, settings),
    }
  } catch (error) {
    throw invalid(
      `Message ${index + 1} of the request failed schema validation (schema=${schema.name}): ${(error as Error).message}.`,
    )
  }
}
