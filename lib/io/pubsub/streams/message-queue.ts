import type {HeldMessage} from '../leases/held-message.ts'

/** Messages received but not yet handed on, oldest first. */
export class MessageQueue {
  #messages: HeldMessage[] = []
  #head = 0
  #bytes = 0

  get length(): number {
    return this.#messages.length - this.#head
  }

  get bytes(): number {
    return this.#bytes
  }

  push(message: HeldMessage): void {
    this.#messages.push(message)
    this.#bytes += message.bytes
  }

  /**
   * Takes the oldest messages, within both limits.
   *
   * @param maxBytes a single message may exceed it
   * @param room the bytes still allowed; with `alone`, a single larger message passes too
   */
  take(maxMessages: number, maxBytes: number, room: number, alone: boolean): HeldMessage[] {
    const from = this.#head
    const end = Math.min(this.#messages.length, from + maxMessages)
    let bytes = 0
    for (; this.#head < end; this.#head++) {
      const next = bytes + this.#messages[this.#head]!.bytes
      const first = this.#head === from
      if ((next > maxBytes && !first) || (next > room && !(first && alone))) break
      bytes = next
    }
    if (this.#head === from) return []
    this.#bytes -= bytes
    const taken = this.#messages.slice(from, this.#head)
    if (this.#head === this.#messages.length) {
      this.#messages = []
      this.#head = 0
    } else if (this.#head > 10_000) {
      this.#messages = this.#messages.slice(this.#head)
      this.#head = 0
    }
    return taken
  }

  /** Takes all messages. */
  clear(): HeldMessage[] {
    const all = this.#messages.slice(this.#head)
    this.#messages = []
    this.#head = 0
    this.#bytes = 0
    return all
  }
}
