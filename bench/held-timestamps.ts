/**
 * What the minimum of held timestamps costs a Pub/Sub source for each bundle: 100 messages arrive, the 100 oldest are
 * acknowledged, the minimum is read. Run: `npx tsx -C sluice:source bench/held-timestamps.ts [bundles]`.
 */
import {MinMultiset} from '../lib/io/pubsub/watermark/min-multiset.ts'

const BUNDLE = 100
const ROUNDS = 7
const bundles = Number(process.argv[2] ?? 5000)

/** Pseudo-random numbers below `n`, the same in every run. */
function numbers(n: number): () => number {
  let state = 1
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state % n
  }
}

/** CPU of one bundle, µs, with so many messages outstanding; with `stuck`, the oldest message is never acknowledged. */
function cost(outstanding: number, stuck: boolean): number {
  const disorder = numbers(5000)
  const total = outstanding + bundles * BUNDLE
  const timestamps = Float64Array.from({length: total}, (_, i) => 1_700_000_000_000 + i + disorder())
  const held = new MinMultiset()
  if (stuck) held.add(0)
  for (let i = 0; i < outstanding; i++) held.add(timestamps[i]!)
  let sum = 0
  const from = process.cpuUsage()
  for (let i = 0; i < bundles * BUNDLE; i += BUNDLE) {
    for (let k = i; k < i + BUNDLE; k++) held.add(timestamps[outstanding + k]!)
    for (let k = i; k < i + BUNDLE; k++) held.delete(timestamps[k]!)
    sum += held.min
  }
  const {user, system} = process.cpuUsage(from)
  if (held.size !== outstanding + Number(stuck) || Number.isNaN(sum)) throw new Error('the minimum was not kept')
  return (user + system) / bundles
}

for (const outstanding of [1000, 99_000])
  for (const stuck of [false, true]) {
    const costs = Array.from({length: ROUNDS}, () => cost(outstanding, stuck)).sort((a, b) => a - b)
    const median = costs[ROUNDS >> 1]!.toFixed(1)
    console.log(
      `${outstanding} outstanding${stuck ? ', the oldest stuck' : ''}: ${median} µs of CPU for a bundle of ${BUNDLE}`,
    )
  }
