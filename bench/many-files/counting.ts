import type {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import {type Bundle, Sink} from 'sluice'

/** Counts what it is given. */
export class Counting extends Sink<unknown> {
  lines = 0
  override writeBundle({values}: Bundle<unknown>) {
    this.lines += values.length
  }
  override commit() {}

  static async linesOf(source: Readable): Promise<number> {
    const sink = new Counting()
    await pipeline(source, sink)
    return sink.lines
  }
}
