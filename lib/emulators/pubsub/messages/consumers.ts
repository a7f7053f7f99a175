import type {Consumer} from './consumer.ts'
import type {Entry} from './entry.ts'

/** The streams and waiting pulls of a subscription, which get messages in turn. */
export class Consumers {
  readonly #all: Consumer[] = []
  #next = 0

  get size(): number {
    return this.#all.length
  }

  add(consumer: Consumer): void {
    this.#all.push(consumer)
  }

  remove(consumer: Consumer): void {
    consumer.closed = true
    const at = this.#all.indexOf(consumer)
    if (at >= 0) this.#all.splice(at, 1)
  }

  /** The consumer for this entry: the next in turn that has room, or only the owner of its ordering key. */
  choose({message}: Entry, owner: Consumer | undefined): Consumer | undefined {
    if (owner) return owner.hasRoom(message.bytes) ? owner : undefined
    const all = this.#all
    for (let tried = 0; tried < all.length; tried++) {
      const consumer = all[(this.#next + tried) % all.length]!
      if (!consumer.hasRoom(message.bytes)) continue
      this.#next = (this.#next + tried + 1) % all.length
      return consumer
    }
    return undefined
  }

  flush(): void {
    for (const consumer of [...this.#all]) consumer.flush()
  }

  /** Ends all streams with a status, and all pulls. */
  end(code: number, message: string): void {
    for (const consumer of [...this.#all]) {
      consumer.endWith(code, message)
      consumer.flush()
    }
  }
}
