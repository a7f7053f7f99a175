import {setImmediate as nextRound} from 'node:timers/promises'
import {expect} from 'chai'
import {type Bundle, Sink, Source} from '../../lib/core/index.ts'
import {onBarrier} from '../../lib/core/streams/barriers.ts'
import {EMIT_BARRIER} from '../../lib/core/streams/internals.ts'

/** What {@link Numbers} emits. */
export interface Plan {
  readonly count: number
  readonly size: number
  readonly every: number
  readonly from?: number
}

/** Emits `count` numbers from `from` on, in bundles of up to `size`; a barrier after each `every` elements. */
export class Numbers extends Source<number> {
  readonly #plan: Plan
  constructor(plan: Plan) {
    super()
    this.#plan = plan
  }
  override async *bundles() {
    const {count, size, every, from = 0} = this.#plan
    let barrier = 1
    for (let at = 0; at < count; ) {
      const end = Math.min(at + size, barrier * every, count)
      yield Array.from({length: end - at}, (_, k) => from + at + k)
      at = end
      // a generator goes on when what it has yielded was pushed
      if (at === barrier * every) this[EMIT_BARRIER](barrier++)
    }
  }
}

/** Notes values, and barriers as `#n`, in the order in which they come. */
export class Log extends Sink<unknown> {
  readonly log: unknown[] = []
  #open: Promise<void> | undefined
  constructor(open?: Promise<void>) {
    super()
    this.#open = open
    onBarrier(this.info, barrier => this.log.push(`#${barrier}`))
  }
  override async writeBundle({values}: Bundle<unknown>) {
    for (const value of values) this.log.push(value)
    await (this.#open ?? nextRound())
  }
  override commit() {}
}

/** What came between barriers, sorted; checks that barriers come in order, each once. */
export function segments(log: readonly unknown[]): number[][] {
  const parts: number[][] = [[]]
  let barrier = 0
  for (const entry of log)
    if (typeof entry === 'string') {
      expect(entry).to.equal(`#${++barrier}`)
      parts.push([])
    } else for (const value of [entry].flat(2) as number[]) parts.at(-1)!.push(value)
  return parts.map(part => part.sort((a, b) => a - b))
}

/** The same of the plan of a source. */
export function planned({count, every, from = 0}: Omit<Plan, 'size'>): number[][] {
  const parts: number[][] = [[]]
  for (let n = 0; n < count; n++) {
    parts.at(-1)!.push(from + n)
    if ((n + 1) % every === 0) parts.push([])
  }
  return parts
}
