import fc from 'fast-check'
import type {Input} from '../../windowing/reference/model.ts'
import type {Windowing} from '../../windowing/reference/windows.ts'
import type {Event} from './engine/drive.ts'

export const upTo = (max: number) => fc.integer({min: 1, max})

export const apart: fc.Arbitrary<Windowing> = fc.oneof(
  fc
    .record({kind: fc.constant('fixed' as const), size: upTo(12), offset: fc.integer({min: -3, max: 15})})
    .map(given => ({...given, offset: ((given.offset % given.size) + given.size) % given.size})),
  fc
    .record({kind: fc.constant('sliding' as const), size: upTo(12), period: upTo(8), offset: fc.nat(7)})
    .map(given => ({...given, offset: given.offset % given.period})),
  fc.constant({kind: 'global' as const}),
)
export const merging: fc.Arbitrary<Windowing> = upTo(10).map(gap => ({kind: 'sessions', gap}))

/** The rest of a strategy. */
export const details = {
  accumulation: fc.constantFrom('discarding' as const, 'accumulating' as const),
  lateness: fc.oneof(fc.constant(0), upTo(15)),
  timestampCombiner: fc.constantFrom('end-of-window' as const, 'earliest' as const, 'latest' as const),
  closing: fc.constantFrom('if-non-empty' as const, 'if-non-empty' as const, 'always' as const),
  onTime: fc.constantFrom('always' as const, 'always' as const, 'if-non-empty' as const),
}

export type Move =
  | {readonly kind: 'add'; readonly inputs: readonly {key: string; timestamp: number}[]}
  | {readonly kind: 'watermark'; readonly by: number}
  | {readonly kind: 'clock'; readonly by: number}

export const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('add' as const),
        inputs: fc.array(
          fc.record({key: fc.constantFrom('a', 'a', 'b', 'c'), timestamp: fc.integer({min: -10, max: 40})}),
          {
            minLength: 1,
            maxLength: 5,
          },
        ),
      }),
    },
    {weight: 2, arbitrary: fc.record({kind: fc.constant('watermark' as const), by: upTo(12)})},
    {weight: 1, arbitrary: fc.record({kind: fc.constant('clock' as const), by: upTo(6)})},
  ),
  {maxLength: 20, size: 'max'},
)

/** The moves with times that only go forward, and a number for each element. */
export function eventsOf(script: readonly Move[]): Event[] {
  let [watermark, clock, value] = [-12, 0, 0]
  return script.map(move => {
    if (move.kind === 'watermark') return {kind: 'watermark', to: (watermark += move.by)}
    if (move.kind === 'clock') return {kind: 'clock', to: (clock += move.by)}
    return {kind: 'add', inputs: move.inputs.map((input): Input => ({...input, value: value++}))}
  })
}
