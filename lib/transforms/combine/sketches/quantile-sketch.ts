import {type Comparable, compareValues, type Kind} from '../base/order.ts'
import {mix32} from './seeded-random.ts'

/**
 * Values from which quantiles follow: all of them as long as they are few, then every second of sorted runs, again and again, each of
 * which stands for twice as many (KLL). Plain data.
 */
export interface QuantileSketch {
  kind: Kind | undefined
  /** How many values were added. */
  n: number
  min: Comparable | undefined
  max: Comparable | undefined
  /** Values at level i stand for 2^i each. */
  readonly levels: Comparable[][]
  /** How many values the levels hold. */
  held: number
  /** State of the random numbers that choose among halves: the same input gives the same sketch. */
  random: number
}

/** How many values the topmost level holds: this decides the error. */
const WIDTH = 1000
/** How much smaller each lower level is. */
const SHRINK = 2 / 3
const SMALLEST = 8

export function emptyQuantiles(): QuantileSketch {
  return {kind: undefined, n: 0, min: undefined, max: undefined, levels: [[]], held: 0, random: 1}
}

export function addValue(to: QuantileSketch, value: Comparable): void {
  noteRange(to, value, value)
  to.n++
  to.held++
  to.levels[0]!.push(value)
  if (to.held > ALLOWED[to.levels.length]!) shrink(to)
}

/** Adds another sketch of the same kind. */
export function addSketch(to: QuantileSketch, other: QuantileSketch): void {
  if (other.n === 0) return
  noteRange(to, other.min!, other.max!)
  to.n += other.n
  to.held += other.held
  to.random = mix32(to.random ^ other.random)
  other.levels.forEach((level, i) => {
    to.levels[i] = (to.levels[i] ?? []).concat(level)
  })
  shrink(to)
}

/** `count` values at equal distances of rank, from the smallest to the largest. */
export function quantilesOf(sketch: QuantileSketch, count: number): Comparable[] {
  if (sketch.n === 0) return []
  const weighted = sketch.levels.flatMap((level, i) => level.map(value => ({value, weight: 2 ** i})))
  weighted.sort((a, b) => compareValues(a.value, b.value))
  const found: Comparable[] = [sketch.min!]
  let at = 0
  let below = 0
  for (let i = 1; i < count - 1; i++) {
    // the value at this rank, counted from 0
    const rank = Math.floor((i / (count - 1)) * (sketch.n - 1) + 0.5)
    while (at < weighted.length - 1 && below + weighted[at]!.weight <= rank) below += weighted[at++]!.weight
    found.push(weighted[at]!.value)
  }
  found.push(sketch.max!)
  return found
}

function noteRange(to: QuantileSketch, min: Comparable, max: Comparable): void {
  if (to.min === undefined || compareValues(min, to.min) < 0) to.min = min
  if (to.max === undefined || compareValues(max, to.max) > 0) to.max = max
}

/** Halves levels that are too full, from the lowest, until the sketch is small enough. */
function shrink(sketch: QuantileSketch): void {
  const {levels} = sketch
  while (sketch.held > ALLOWED[levels.length]!) {
    const i = levels.findIndex((level, i) => level.length > capacity(i, levels.length))
    halve(sketch, i < 0 ? levels.length - 1 : i)
  }
}

/** Moves every second value of a level, in order, to the next one. */
function halve(sketch: QuantileSketch, i: number): void {
  const sorted = sketch.levels[i]!.sort(compareValues)
  // an odd one stays
  const rest = sorted.length % 2 === 1 ? [sorted.pop()!] : []
  sketch.random = mix32(sketch.random + 0x9e37_79b9)
  const kept = sorted.filter((_, k) => k % 2 === (sketch.random & 1))
  sketch.levels[i] = rest
  sketch.levels[i + 1] = (sketch.levels[i + 1] ?? []).concat(kept)
  sketch.held -= sorted.length - kept.length
}

function capacity(level: number, levels: number): number {
  return Math.max(SMALLEST, Math.ceil(WIDTH * SHRINK ** (levels - 1 - level)))
}

/** How many values a sketch holds at most, by its number of levels. */
const ALLOWED = Array.from({length: 64}, (_, levels) => {
  let sum = 0
  for (let i = 0; i < levels; i++) sum += capacity(i, levels)
  return sum
})
