import type {Consumer} from '../messages/consumer.ts'
import type {WireReceived} from '../wire/wire.ts'
import type {PushConfig} from './push-config.ts'
import {pushRequest} from './push-request.ts'

/** Requests at once. */
const WINDOW = 100
/** Statuses that acknowledge a message. */
const ACKNOWLEDGED = [102, 200, 201, 202, 204]
/** Pauses after failures, in milliseconds of real time. */
const SHORTEST_PAUSE = 100
const LONGEST_PAUSE = 60_000

/** What a push consumer asks of its subscription. */
export interface PushedFrom {
  readonly name: string
  /** `ackDeadline`: how long a request may take, in milliseconds. */
  readonly settings: {readonly ordered: boolean; readonly ackDeadline: number}
  acknowledge(ackIds: readonly string[], faults: readonly never[]): unknown
  /** 0 seconds give a message back. */
  modify(ackIds: readonly string[], seconds: number): unknown
  /** Hands out what there is room for. */
  schedule(): void
}

/** Pushes messages to an endpoint: those of an ordering key one after the other. After failures it pauses, longer each time. */
export class PushConsumer implements Consumer {
  closed = false
  outstanding = 0
  outstandingBytes = 0
  readonly ackDeadline = undefined
  readonly #config: PushConfig
  readonly #from: PushedFrom
  readonly #aborted = new AbortController()
  #fresh: WireReceived[] = []
  /** Messages that wait for the answer to an earlier one of their ordering key. */
  readonly #waiting = new Map<string, WireReceived[]>()
  #failures = 0
  #pause: NodeJS.Timeout | undefined

  constructor(config: PushConfig, from: PushedFrom) {
    this.#config = config
    this.#from = from
  }

  hasRoom(): boolean {
    return !this.closed && this.#pause === undefined && this.outstanding < WINDOW
  }

  put(received: WireReceived): void {
    this.#fresh.push(received)
  }

  flush(): void {
    const fresh = this.#fresh
    this.#fresh = []
    for (const received of fresh) {
      const key = this.#keyOf(received)
      const waiting = key === '' ? undefined : this.#waiting.get(key)
      if (waiting) waiting.push(received)
      else {
        if (key !== '') this.#waiting.set(key, [])
        void this.#push(received)
      }
    }
  }

  endWith(): void {
    this.closed = true
    clearTimeout(this.#pause)
    this.#aborted.abort()
  }

  async #push(received: WireReceived): Promise<void> {
    const taken = await this.#request(received)
    if (this.closed) return
    const key = this.#keyOf(received)
    const next = this.#waiting.get(key)?.shift()
    if (taken) {
      this.#failures = 0
      this.#from.acknowledge([received.ackId], [])
      if (next) void this.#push(next)
      else this.#waiting.delete(key)
      return
    }
    // later messages of the key come again with this one
    this.#waiting.delete(key)
    this.#rest()
    this.#from.modify([received.ackId], 0)
  }

  /** Empty when the message waits for no other. */
  #keyOf({message}: WireReceived): string {
    return this.#from.settings.ordered ? message.orderingKey : ''
  }

  async #request(received: WireReceived): Promise<boolean> {
    const {headers, body} = pushRequest(received, this.#from.name, this.#config)
    try {
      const reply = await fetch(this.#config.endpoint, {
        method: 'POST',
        headers,
        body,
        redirect: 'manual',
        signal: AbortSignal.any([this.#aborted.signal, AbortSignal.timeout(this.#from.settings.ackDeadline)]),
      })
      await reply.body?.cancel()
      return ACKNOWLEDGED.includes(reply.status)
    } catch {
      return false
    }
  }

  #rest(): void {
    if (this.#pause) return
    const pause = Math.min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** this.#failures++)
    this.#pause = setTimeout(() => {
      this.#pause = undefined
      this.#from.schedule()
    }, pause).unref()
  }
}
