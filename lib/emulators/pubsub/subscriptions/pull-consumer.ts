import {deferred, onAbort} from '../../../util/index.ts'
import type {Consumer} from '../messages/consumer.ts'
import {PubSubError} from '../wire/grpc-code.ts'
import type {WireReceived} from '../wire/wire.ts'

/** How long a pull waits for a first message, in milliseconds of real time. */
const WAIT = 10_000

/** One pull request: waits for messages, takes one batch of them, and ends. */
export class PullConsumer implements Consumer {
  closed = false
  outstanding = 0
  outstandingBytes = 0
  readonly ackDeadline = undefined
  readonly #max: number
  readonly #immediately: boolean
  readonly #batch: WireReceived[] = []
  readonly #result = deferred<WireReceived[]>()
  readonly #release: () => void

  constructor(max: number, immediately: boolean, signal: AbortSignal) {
    this.#max = Math.min(max, 1000)
    this.#immediately = immediately
    const timer = setTimeout(() => this.#done(), WAIT).unref()
    const forget = onAbort(signal, () => this.#done())
    this.#release = () => {
      clearTimeout(timer)
      forget()
    }
  }

  get received(): Promise<WireReceived[]> {
    return this.#result.promise
  }

  hasRoom(): boolean {
    return !this.closed && this.#batch.length < this.#max
  }

  put(received: WireReceived): void {
    this.#batch.push(received)
  }

  flush(): void {
    if (this.#batch.length > 0 || this.#immediately) this.#done()
  }

  endWith(code: number, message: string): void {
    if (this.closed) return
    this.closed = true
    this.#release()
    this.#result.reject(new PubSubError(code, message))
  }

  #done(): void {
    this.closed = true
    this.#release()
    this.#result.resolve(this.#batch)
  }
}
