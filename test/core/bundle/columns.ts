import {DerivedIds} from '../../../lib/core/bundle/ids.ts'
import {boundedWindow, paneInfo} from '../../../lib/core/bundle/window.ts'
import {Bundle, type Ids, type Lease, ListIds, OffsetIds, PrefixedIds, SequenceIds} from '../../../lib/core/index.ts'

/** A lease that counts. */
export class CountedLease implements Lease {
  count = 1
  nacked: unknown[] = []
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
  retain(n = 1): void {
    this.count += n
  }
  release(): void {
    this.count--
  }
  nack(reason?: unknown): void {
    this.nacked.push(reason)
  }
}

const IDS: readonly ((size: number, prefix: string) => Ids)[] = [
  (size, prefix) =>
    new OffsetIds(
      prefix,
      Float64Array.from({length: size}, (_, i) => i * 17),
    ),
  (_, prefix) => new SequenceIds(prefix, 5),
  (size, prefix) =>
    new ListIds(
      prefix,
      Array.from({length: size}, (_, i) => `m${i}`),
    ),
  (size, prefix) =>
    new DerivedIds(
      new DerivedIds(
        new SequenceIds(prefix, 9),
        undefined,
        Uint32Array.from({length: size}, (_, i) => i),
      ),
      Array.from({length: size}, (_, i) => size - 1 - i),
      Array.from({length: size}, (_, i) => (i % 3) - 1),
      '.tag.',
    ),
  (_, prefix) => new PrefixedIds(new SequenceIds(prefix, 0), '1'),
]
/** How many kinds of ids {@link fullBundle} can make. */
export const KINDS_OF_IDS = IDS.length

/** A bundle of `size` numbers from `from` on that has every column, each slot different from its neighbours. */
export function fullBundle(size: number, {from = 0, kind = 0, prefix = 's', watermark = 99} = {}): Bundle<number> {
  const at = Array.from({length: size}, (_, i) => from + i)
  const window = (n: number) => boundedWindow(n * 10, n * 10 + 10)
  return new Bundle(at, {
    ids: IDS[kind]!(size, prefix),
    timestamps: Float64Array.from(at, n => n * 10),
    windows: at.map(n => (n % 3 === 2 ? [window(n), window(n + 1)] : window(n))),
    panes: at.map(n =>
      paneInfo({index: n, onTimeIndex: n - 1, timing: 'early', isFirst: n % 2 === 0, isLast: n % 2 === 1}),
    ),
    leases: at.map(n => new CountedLease(`lease ${n}`)),
    watermark,
  })
}

/** What value `i` has in each column, ids as text. */
export function rowOf(bundle: Bundle<unknown>, i: number): Record<string, unknown> {
  const {ids, timestamps, windows, panes, leases} = bundle
  return {
    value: bundle.values[i],
    id: ids && `${ids.prefix}:${ids.at(i)}`,
    timestamp: timestamps?.[i],
    window: windows?.[i],
    pane: panes?.[i],
    lease: (leases?.[i] as CountedLease | undefined)?.name,
  }
}

/** What every value has. */
export function rowsOf(bundle: Bundle<unknown>): Record<string, unknown>[] {
  return bundle.values.map((_, i) => rowOf(bundle, i))
}
