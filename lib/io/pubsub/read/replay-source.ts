import {Bundle, ListIds, OUTPUTS, stageOptionsOf} from '../../../core/index.ts'
import {messageOf, SluiceError} from '../../../errors/index.ts'
import {checkReadOptions, type FileInput, FileSource, lineBundles, offsetBundles} from '../../../files/index.ts'
import {DEFAULT_MAX_LINE_BYTES, LineSplitter} from '../../../formats/index.ts'
import {attributeOf} from '../messages/attribute-of.ts'
import {parseTimestamp, publishTimeOf} from '../messages/timestamps.ts'
import type {ReceivedMessage} from '../service/pubsub-port.ts'
import {Decoder} from './decoder.ts'
import type {PubSubReadConfig} from './options.ts'
import {REJECTS, setAside} from './rejects.ts'

/** A message from a file needs no acknowledgement. */
const NOBODY = {release() {}, giveBack() {}}

/** Reads messages from files in place of a subscription: same elements, ids and timestamps, but it ends. */
export class ReplaySource<O, Tags extends object = {}> extends FileSource<O, Tags> {
  readonly #config: PubSubReadConfig
  readonly #decoder: Decoder

  constructor(config: PubSubReadConfig) {
    const {replay, allowMixedTargets = false} = config.options
    super(checkReadOptions(config.where, replay, {...stageOptionsOf(config.options), allowMixedTargets}, []))
    this.#config = config
    this.#decoder = new Decoder(config, this.info)
    if (this.#decoder.rejects) this[OUTPUTS].outlet.required.add(REJECTS)
  }

  protected override async *readContent({file, prefix, content}: FileInput): AsyncGenerator<Bundle<O>> {
    const splitter = new LineSplitter({file: file.path, skipHeaderLines: 0, maxLineBytes: DEFAULT_MAX_LINE_BYTES})
    let line = 0
    const make = (bundle: Bundle<string>) => {
      const from = line
      line += bundle.values.length
      return this.#make(bundle, prefix, file.path, from)
    }
    for await (const chunk of content)
      for (const bundle of lineBundles(prefix, splitter, chunk)) yield await make(bundle)
    const {values, offsets} = splitter.end()
    for (const bundle of offsetBundles(prefix, values, offsets)) yield await make(bundle)
  }

  async #make({values, ids}: Bundle<string>, prefix: string, path: string, from: number): Promise<Bundle<O>> {
    const {idAttribute, timestampAttribute, ack} = this.#config
    const elements: unknown[] = []
    const keys: string[] = []
    const timestamps: number[] = []
    const bad: Parameters<typeof setAside>[3][number][] = []
    for (const [i, text] of values.entries()) {
      if (text.trim() === '') continue
      const received = this.#parse(text, `${path}, line ${from + i + 1}`)
      const {attributes, messageId} = received.message
      const key = (idAttribute !== undefined && attributeOf(attributes, idAttribute)) || messageId || `@${ids!.at(i)}`
      const published = publishTimeOf(received.message)
      const timestamp =
        timestampAttribute === undefined ? published : parseTimestamp(attributeOf(attributes, timestampAttribute))
      // a message in a file need not have a publish time
      const known = timestampAttribute === undefined && Number.isNaN(timestamp) ? Number.NEGATIVE_INFINITY : timestamp
      const decoded = this.#decoder.take(received, known, ack === 'manual' ? NOBODY : undefined)
      if ('reject' in decoded) bad.push({received, key, reject: decoded.reject})
      else {
        elements.push(decoded.element)
        keys.push(key)
        timestamps.push(known)
      }
    }
    if (bad.length > 0) await this.emitTagged(REJECTS, setAside(this[OUTPUTS].outlet, prefix, undefined, bad))
    return new Bundle<O>(elements as O[], {
      ids: new ListIds(prefix, keys),
      timestamps: Float64Array.from(timestamps),
    })
  }

  #parse(text: string, place: string): ReceivedMessage {
    try {
      return received(JSON.parse(text))
    } catch (cause) {
      const {name} = this.info
      throw new SluiceError(
        'ERR_SLUICE_PUBSUB',
        `${name}: ${place} is not a message (${messageOf(cause)}); each line must be an object such as ` +
          '{"data":"aGVsbG8=","attributes":{"k":"v"},"messageId":"1","publishTime":"2024-01-01T00:00:00Z"}, data in base64',
        {stage: name, element: text, cause},
      )
    }
  }
}

/** Parses a message as written by the REST API and `gcloud pubsub subscriptions pull --format=json`, bare or in an envelope. */
function received(value: unknown): ReceivedMessage {
  const envelope = object(value, 'the line')
  const message = envelope['message'] === undefined ? envelope : object(envelope['message'], 'message')
  const attributes = message['attributes'] === undefined ? {} : object(message['attributes'], 'attributes')
  for (const [name, one] of Object.entries(attributes)) string(one, `attribute ${name}`)
  const ms =
    message['publishTime'] === undefined ? undefined : parseTimestamp(string(message['publishTime'], 'publishTime'))
  if (Number.isNaN(ms))
    throw new Error(`publishTime is '${message['publishTime']}', which is not a valid RFC 3339 time`)
  const seconds = ms === undefined ? 0 : Math.floor(ms / 1000)
  return {
    ackId: '',
    message: {
      data: base64(string(message['data'] ?? '', 'data')),
      attributes: attributes as Record<string, string>,
      messageId: string(message['messageId'] ?? '', 'messageId'),
      publishTime: ms === undefined ? null : {seconds, nanos: (ms - seconds * 1000) * 1e6},
      orderingKey: string(message['orderingKey'] ?? '', 'orderingKey'),
    },
    deliveryAttempt: 0,
  }
}

function object(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new Error(`${what} is not an object`)
}

function string(value: unknown, what: string): string {
  if (typeof value === 'string') return value
  throw new Error(`${what} is not a string`)
}

function base64(text: string): Buffer {
  // a single leftover character would be dropped
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text) || text.replace(/=+$/, '').length % 4 === 1)
    throw new Error('data is not base64')
  return Buffer.from(text, 'base64')
}
