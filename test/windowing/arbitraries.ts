import fc from 'fast-check'
import {
  afterAll,
  afterAny,
  afterCount,
  afterEach,
  afterProcessingTime,
  afterWatermark,
  always,
  defaultTrigger,
  never,
  orFinally,
  repeatedly,
  type Trigger,
} from '../../lib/windowing/index.ts'

/** Any trigger, up to four levels deep; small numbers, so that things happen at the same time. */
export const anyTrigger: fc.Arbitrary<Trigger> = fc.letrec<{trigger: Trigger}>(tie => {
  const inner = tie('trigger')
  const some = fc.array(inner, {minLength: 1, maxLength: 3})
  return {
    trigger: fc.oneof(
      {depthSize: 'large', maxDepth: 3, withCrossShrink: true},
      fc.constant(defaultTrigger()),
      fc.integer({min: 1, max: 4}).map(count => afterCount(count)),
      fc.integer({min: 0, max: 6}).map(delay => afterProcessingTime(delay)),
      fc
        .record({delay: fc.integer({min: 0, max: 6}), alignTo: fc.integer({min: 1, max: 5})})
        .map(({delay, alignTo}) => afterProcessingTime(delay, {alignTo})),
      fc.constant(afterWatermark()),
      fc.constant(always()),
      fc.constant(never()),
      fc.constant<Trigger>({kind: 'after-synchronized-processing-time'}),
      fc
        .record({early: fc.option(inner, {nil: undefined}), late: fc.option(inner, {nil: undefined})})
        .map(options => afterWatermark(options)),
      inner.map(repeatedly),
      some.map(triggers => afterAny(...triggers)),
      some.map(triggers => afterAll(...triggers)),
      some.map(triggers => afterEach(...triggers)),
      fc.tuple(inner, inner).map(([trigger, until]) => orFinally(trigger, until)),
    ),
  }
}).trigger

/** How many cases a property runs: its share of what SLUICE_CASES asks for (10,000 over all of them), from SLUICE_SEED. */
export function cases(share: number): {numRuns: number; seed?: number} {
  const {SLUICE_CASES, SLUICE_SEED} = process.env
  const seed = SLUICE_SEED === undefined ? {} : {seed: Number(SLUICE_SEED)}
  return {numRuns: Math.ceil((share * Number(SLUICE_CASES ?? 10_000)) / 10_000), ...seed}
}
