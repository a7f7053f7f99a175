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
} from '../../../lib/windowing/index.ts'
import type {Windowing} from '../../windowing/reference/windows.ts'
import type {BeamNote, Case, ExpectedPane, Step} from './case.ts'

const S = 1000
const fixed: Windowing = {kind: 'fixed', size: 10 * S, offset: 0}
/** Long enough for the clock not to pass its end: Python's runner mixes them up. */
const long: Windowing = {kind: 'fixed', size: 100 * S, offset: 0}
const sliding: Windowing = {kind: 'sliding', size: 10 * S, period: 5 * S, offset: 0}
const sessions: Windowing = {kind: 'sessions', gap: 10 * S}
const global: Windowing = {kind: 'global'}

/** An element of key a (or another), at this second, whose value is the second if no other is given. */
function at(seconds: number, value: number = seconds, key = 'a'): Step {
  return ['add', key, value, seconds * S]
}
function watermark(seconds: number): Step {
  return ['watermark', seconds * S]
}
function clock(seconds: number): Step {
  return ['clock', seconds * S]
}

function of(name: string, script: readonly Step[], options: Partial<Case> = {}, beam?: BeamNote): Case {
  return {
    name,
    windows: fixed,
    trigger: defaultTrigger(),
    accumulation: 'discarding',
    lateness: 0,
    timestampCombiner: 'end-of-window',
    closing: 'if-non-empty',
    onTime: 'always',
    script,
    ...options,
    ...(beam && {beam}),
  }
}

/** The pane of an on-time firing of key a, in seconds. */
function onTime([start, end]: [number, number], values: number[]): ExpectedPane {
  const window = [start * S, end * S] as const
  return {key: 'a', window, timestamp: end * S - 1, timing: 'on-time', index: 0, onTimeIndex: 0, isLast: false, values}
}
const BOUNDARY = {departs: "Python compares with the window's end, Java (and so this case) with its last instant"}
const NO_EXPIRY = {
  departs: 'Python does not expire windows: the run fails at its end if elements are left that no trigger fires',
}
const WAITED = {departs: "Python's runner fails at the end of the run once late elements have waited for a trigger"}
const OVERTAKEN = {
  departs:
    'Python fires a pane by the clock though another trigger has emitted its elements: empty, or again and again',
}

/** The cases of `npm run conformance -- --beam`, without the panes that are expected: cases.json has these. */
export const CASES: readonly Case[] = [
  of('fixed windows: one pane at the end of each', [at(1), at(2), at(12), watermark(10), at(13), watermark(20)]),
  of('fixed windows: an offset moves them', [at(1), at(4), at(12), watermark(30)], {
    windows: {kind: 'fixed', size: 10 * S, offset: 3 * S},
  }),
  of('fixed windows: times before 1970 are floored', [at(-1), at(-10), at(-11), at(0), watermark(10)]),
  of('fixed windows: the start belongs to the window, the end to the next', [at(10), at(20), watermark(30)]),
  of('fixed windows: keys and windows do not mix', [at(1, 1, 'a'), at(2, 2, 'b'), at(11, 3, 'a'), at(12, 4, 'b')]),
  of('fixed windows: nothing for a window without elements', [at(1), watermark(50), at(55)]),
  of('sliding windows: an element is in each that contains it', [at(1), at(6), at(12), watermark(40)], {
    windows: sliding,
  }),
  of('sliding windows: times before 1970', [at(-1), at(-6), watermark(40)], {windows: sliding}),
  of(
    'sliding windows: smaller than their period, some elements are in none',
    [at(1), at(3), at(6), at(9)],
    {
      windows: {kind: 'sliding', size: 2 * S, period: 5 * S, offset: 0},
    },
    {departs: "Python's runner fails on an element that is in no window"},
  ),
  of('sliding windows: an offset moves them', [at(1), at(3), at(8)], {
    windows: {kind: 'sliding', size: 10 * S, period: 5 * S, offset: 2 * S},
  }),
  of('sliding windows: a late element counts in those that are still open', [at(1), watermark(6), at(2)], {
    windows: sliding,
  }),
  of('sessions: elements less than the gap apart are one', [at(1), at(5), at(14), watermark(40)], {windows: sessions}),
  of('sessions: elements exactly the gap apart are two', [at(1), at(11), watermark(40)], {windows: sessions}),
  of('sessions: a millisecond less than the gap apart are one', [at(1), ['add', 'a', 2, 10_999]], {windows: sessions}),
  of('sessions: an element between two joins them', [at(1), at(15), at(8), watermark(40)], {windows: sessions}),
  of('sessions: keys have their own', [at(1, 1, 'a'), at(5, 2, 'b'), at(12, 3, 'b')], {windows: sessions}),
  of('sessions: times before 1970', [at(-15), at(-7), at(3)], {windows: sessions}),
  of('sessions: out of order', [at(20), at(12), at(4), watermark(40)], {windows: sessions}),
  of('global window: one pane at the end', [at(1), watermark(100), at(2), at(200)], {windows: global}),
  of('lateness 0: a late element is dropped', [at(1), watermark(11), at(2), at(12)]),
  of(
    'lateness 0: a watermark at the very end of the window drops',
    [at(1), watermark(10), at(2)],
    {},
    {...BOUNDARY, panes: [onTime([0, 10], [1]), {...onTime([0, 10], [2]), timing: 'late', index: 1, onTimeIndex: 1}]},
  ),
  of('lateness 0: behind the watermark but in an open window is not late', [at(1), watermark(9), at(2)]),
  of('lateness: each late element is a pane', [at(1), watermark(10), at(2), at(3), watermark(25), at(4)], {
    lateness: 10 * S,
  }),
  of('lateness: late panes accumulate', [at(1), watermark(10), at(2), at(3)], {
    lateness: 10 * S,
    accumulation: 'accumulating',
  }),
  of('lateness: beyond it, an element is dropped', [at(1), watermark(21), at(2)], {lateness: 10 * S}),
  of(
    'lateness: a watermark at its very end drops',
    [at(1), watermark(20), at(2)],
    {lateness: 10 * S},
    {...BOUNDARY, panes: [onTime([0, 10], [1]), {...onTime([0, 10], [2]), timing: 'late', index: 1, onTimeIndex: 1}]},
  ),
  of('lateness: a window that begins with a late element has a late pane only', [watermark(12), at(1)], {
    lateness: 10 * S,
  }),
  of('lateness: a jump of the watermark beyond it', [at(1), watermark(50), at(2)], {lateness: 10 * S}),
  of('early: a pane for each two elements, then the rest on time', [at(1), at(2), at(3), at(4), at(5), watermark(10)], {
    trigger: afterWatermark({early: afterCount(2)}),
  }),
  of('early: accumulating panes hold all so far', [at(1), at(2), at(3), watermark(10)], {
    trigger: afterWatermark({early: afterCount(2)}),
    accumulation: 'accumulating',
  }),
  of('early: an on-time pane comes even if it is empty', [at(1), at(2), watermark(10)], {
    trigger: afterWatermark({early: afterCount(2)}),
  }),
  of('early: an accumulating on-time pane comes without news', [at(1), at(2), watermark(10)], {
    trigger: afterWatermark({early: afterCount(2)}),
    accumulation: 'accumulating',
  }),
  of(
    'early and late panes',
    [at(1), at(2), watermark(10), at(3), at(4), at(5)],
    {
      trigger: afterWatermark({early: afterCount(1), late: afterCount(2)}),
      lateness: 20 * S,
    },
    WAITED,
  ),
  of(
    'early and late panes, accumulating',
    [at(1), at(2), watermark(10), at(3), at(4)],
    {
      trigger: afterWatermark({early: afterCount(1), late: afterCount(2)}),
      lateness: 20 * S,
      accumulation: 'accumulating',
    },
    WAITED,
  ),
  of('early: keys fire on their own', [at(1, 1, 'a'), at(2, 2, 'b'), at(3, 3, 'a'), watermark(10)], {
    trigger: afterWatermark({early: afterCount(2)}),
  }),
  of(
    'early: by the clock, from the first element of the pane',
    [at(1), clock(3), at(2), clock(2), at(3), clock(5), at(4)],
    {windows: long, trigger: afterWatermark({early: afterProcessingTime('5s')})},
  ),
  of('early: by the clock, each pane anew', [at(1), clock(6), clock(20), at(2), clock(4), clock(2), watermark(100)], {
    windows: long,
    trigger: afterWatermark({early: afterProcessingTime('5s')}),
  }),
  of('late: without a late trigger the window is finished on time', [at(1), watermark(10), at(2)], {
    trigger: afterWatermark(),
    lateness: 20 * S,
  }),
  of(
    'late: what late firings leave comes when the window expires',
    [at(1), watermark(10), at(2)],
    {
      trigger: afterWatermark({late: afterCount(5)}),
      lateness: 20 * S,
    },
    NO_EXPIRY,
  ),
  of('count: fires once, and what comes after it is dropped', [at(1), at(2), at(3), at(4), watermark(10)], {
    trigger: afterCount(2),
  }),
  of('count: repeated', [at(1), at(2), at(3), at(4), watermark(5)], {trigger: repeatedly(afterCount(2))}),
  of(
    'count: what is left comes when the window expires',
    [at(1), at(2), at(3), watermark(10)],
    {
      trigger: repeatedly(afterCount(2)),
    },
    NO_EXPIRY,
  ),
  of(
    'count: too few elements wait for the end of the window',
    [at(1), at(2), watermark(10)],
    {
      trigger: repeatedly(afterCount(50)),
    },
    NO_EXPIRY,
  ),
  of('clock: repeated', [at(1), clock(6), at(2), at(3), clock(6), watermark(5)], {
    windows: long,
    trigger: repeatedly(afterProcessingTime('5s')),
  }),
  of(
    'any: by count',
    [at(1), at(2), at(3), at(4), clock(6)],
    {
      trigger: repeatedly(afterAny(afterCount(2), afterProcessingTime('5s'))),
    },
    {
      ...OVERTAKEN,
      panes: [
        {
          key: 'a',
          window: [0, 10 * S],
          timestamp: 10 * S - 1,
          timing: 'early',
          index: 0,
          onTimeIndex: -1,
          isLast: false,
          values: [1, 2],
        },
        {
          key: 'a',
          window: [0, 10 * S],
          timestamp: 10 * S - 1,
          timing: 'early',
          index: 1,
          onTimeIndex: -1,
          isLast: false,
          values: [3, 4],
        },
        {
          key: 'a',
          window: [0, 10 * S],
          timestamp: 10 * S - 1,
          timing: 'early',
          index: 2,
          onTimeIndex: -1,
          isLast: false,
          values: [],
        },
      ],
    },
  ),
  of(
    'any: by the clock',
    [at(1), clock(6), at(2), at(3)],
    {
      trigger: repeatedly(afterAny(afterCount(2), afterProcessingTime('5s'))),
    },
    OVERTAKEN,
  ),
  of('all: count and watermark', [at(1), at(2), at(3), watermark(10), at(4)], {
    trigger: afterAll(afterCount(2), afterWatermark()),
    lateness: 20 * S,
  }),
  of(
    'all: the watermark first, then the count',
    [at(1), watermark(10), at(2), at(3)],
    {
      trigger: afterAll(afterCount(2), afterWatermark()),
      lateness: 20 * S,
    },
    WAITED,
  ),
  of('each: one after the other', [at(1), at(2), at(3), at(4)], {trigger: afterEach(afterCount(1), afterCount(2))}),
  of('each: the last one repeated', [at(1), at(2), at(3), at(4), at(5)], {
    trigger: afterEach(afterCount(1), repeatedly(afterCount(2))),
  }),
  of('each: a count, then the watermark', [at(1), at(2), at(3), watermark(10), at(4)], {
    trigger: afterEach(afterCount(1), afterWatermark()),
    lateness: 20 * S,
  }),
  of('or finally: a count over all panes ends it', [at(1), at(2), at(3), at(4), at(5), at(6)], {
    trigger: orFinally(repeatedly(afterCount(2)), afterCount(5)),
  }),
  of('or finally: the watermark ends it', [at(1), at(2), watermark(10), at(3)], {
    trigger: orFinally(repeatedly(afterCount(1)), afterWatermark()),
    lateness: 20 * S,
  }),
  of('always: each element', [at(1), at(2), at(3)], {trigger: always()}),
  of('never: everything when the window expires', [at(1), at(2), watermark(10)], {trigger: never()}, NO_EXPIRY),
  of('global window: a count, repeated', [at(1), at(2), at(30), at(40)], {
    windows: global,
    trigger: repeatedly(afterCount(2)),
  }),
  of('global window: a count, repeated, accumulating', [at(1), at(2), at(30), at(40)], {
    windows: global,
    trigger: repeatedly(afterCount(2)),
    accumulation: 'accumulating',
  }),
  of('timestamps: the earliest of a pane', [at(3), at(1), at(2), watermark(10)], {timestampCombiner: 'earliest'}),
  of('timestamps: the latest of a pane', [at(3), at(1), at(2), watermark(10)], {timestampCombiner: 'latest'}),
  of('timestamps: the earliest of each pane', [at(1), at(2), at(4), at(3), watermark(10)], {
    timestampCombiner: 'earliest',
    trigger: repeatedly(afterCount(2)),
  }),
  of('timestamps: the earliest of a session', [at(8), at(1), watermark(40)], {
    windows: sessions,
    timestampCombiner: 'earliest',
  }),
  of('sessions: early panes', [at(1), at(2), at(3), watermark(40)], {
    windows: sessions,
    trigger: afterWatermark({early: afterCount(2)}),
    accumulation: 'accumulating',
  }),
  of('sessions: merging numbers panes anew', [at(1), at(15), at(8), watermark(40)], {
    windows: sessions,
    trigger: afterWatermark({early: afterCount(1)}),
    accumulation: 'accumulating',
  }),
  of('sessions: merging adds up what is counted', [at(1), at(15), at(8), watermark(40)], {
    windows: sessions,
    trigger: afterWatermark({early: afterCount(3)}),
  }),
  of('sessions: a late element that lengthens a session opens it again', [at(1), watermark(12), at(9), watermark(30)], {
    windows: sessions,
    lateness: 30 * S,
    accumulation: 'accumulating',
  }),
  of('sessions: a late element inside a session', [at(1), at(9), watermark(25), at(5)], {
    windows: sessions,
    lateness: 30 * S,
  }),
  of(
    'closing always: an empty last pane',
    [at(1), watermark(10), watermark(21)],
    {lateness: 10 * S, closing: 'always'},
    {
      skipped: 'Python has no closing behaviour',
    },
  ),
  of(
    'on time if not empty: no empty on-time pane',
    [at(1), at(2), watermark(10)],
    {
      trigger: afterWatermark({early: afterCount(2)}),
      onTime: 'if-non-empty',
    },
    {skipped: 'Python has no on-time behaviour'},
  ),
  of(
    'clock: aligned to a multiple',
    [at(1), clock(3), clock(4), at(2), clock(3)],
    {
      trigger: repeatedly(afterProcessingTime('2s', {alignTo: '5s'})),
    },
    {skipped: 'Python does not align'},
  ),
]
