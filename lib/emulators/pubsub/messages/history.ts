import {Fifo} from './fifo.ts'
import type {Message} from './message.ts'

/** The messages that a subscription retains though they may be acknowledged, in the order of publishing. */
export class History extends Fifo<Message> {
  /** When the oldest was published; `Infinity` for none. */
  get oldest(): number {
    return this.at(0)?.publishTime ?? Number.POSITIVE_INFINITY
  }

  /** Drops what was published until then. */
  forget(time: number): void {
    while (this.oldest <= time) this.shift()
  }

  /** These and all that are retained, each once, oldest first. */
  with(messages: readonly Message[]): Message[] {
    const bySeq = new Map(messages.map(message => [message.seq, message]))
    for (let at = 0; at < this.size; at++) bySeq.set(this.at(at)!.seq, this.at(at)!)
    return [...bySeq.values()].sort((a, b) => a.seq - b.seq)
  }
}
