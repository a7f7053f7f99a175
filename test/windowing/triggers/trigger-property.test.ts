import {expect} from 'chai'
import fc from 'fast-check'
import {boundedWindow} from '../../../lib/core/bundle/window.ts'
import {TriggerMachine, type TriggerState} from '../../../lib/windowing/index.ts'
import {anyTrigger, cases} from '../arbitraries.ts'
import {begin, element, fire, type Moment, merge, ready, type Working} from '../reference/triggers.ts'

type Step = {readonly kind: 'element' | 'watermark' | 'clock' | 'merge'; readonly cell: number; readonly by: number}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('element', 'element', 'element', 'watermark', 'clock', 'merge'),
    cell: fc.nat(2),
    by: fc.integer({min: 1, max: 5}),
  }),
  {maxLength: 40, size: 'max'},
)

/** One cell, in the machine and in the reference. */
interface Cell {
  state: TriggerState
  working: Working
  window: {start: number; end: number}
}

/** Takes both through the steps, and compares whether they fire, and whether they are finished, after each. */
function run(trigger: Parameters<typeof begin>[0], script: readonly Step[], merging: boolean): void {
  const machine = new TriggerMachine(trigger)
  let watermark = 0
  let now = 100
  const fresh = (i: number): Cell => ({
    state: machine.fresh(),
    working: begin(trigger),
    window: {start: 5 * i, end: 5 * i + 8},
  })
  let cells = [0, 1, 2].map(fresh)
  const moment = ({window}: Cell): Moment => ({window, watermark, now, merging})
  const compare = (cell: Cell, what: string) => {
    const window = boundedWindow(cell.window.start, cell.window.end)
    const fires = ready(cell.working, moment(cell))
    expect(machine.shouldFire(cell.state, window, {watermark, now}), `fires ${what}`).to.equal(fires)
    if (!fires) return
    machine.onFire(cell.state, window, {watermark, now})
    fire(cell.working, moment(cell))
    expect(machine.isFinished(cell.state), `is finished ${what}`).to.equal(cell.working.done)
    if (cell.working.done) Object.assign(cell, fresh(cells.indexOf(cell)))
  }
  const next = ({state, window}: Cell) => machine.next(state, boundedWindow(window.start, window.end), {watermark, now})
  const move = (apply: () => void, what: string) => {
    const before = cells.map(cell => ({fired: ready(cell.working, moment(cell)), next: next(cell)}))
    apply()
    for (const [i, cell] of cells.entries()) {
      const {fired, next} = before[i]!
      const due =
        (next.watermark ?? Number.POSITIVE_INFINITY) <= watermark || (next.now ?? Number.POSITIVE_INFINITY) <= now
      if (!fired && ready(cell.working, moment(cell))) expect(due, `next() announced it, ${what}`).to.equal(true)
      if (due) compare(cell, what)
    }
  }
  for (const [at, {kind, cell: i, by}] of script.entries()) {
    const what = `after step ${at}, ${kind}`
    const cell = cells[i % cells.length]!
    if (kind === 'watermark') move(() => (watermark += by), what)
    else if (kind === 'clock') move(() => (now += by), what)
    else if (kind === 'element') {
      machine.onElement(cell.state, boundedWindow(cell.window.start, cell.window.end), {watermark, now})
      element(cell.working, moment(cell))
      compare(cell, what)
    } else if (merging && cells.length > 1) {
      const [a, b] = [cell, cells[(i + 1) % cells.length]!]
      const window = {start: Math.min(a.window.start, b.window.start), end: Math.max(a.window.end, b.window.end)}
      const time = {watermark, now}
      const merged: Cell = {
        window,
        state: machine.onMerge([a.state, b.state], boundedWindow(window.start, window.end), time),
        working: merge([a.working, b.working], {window, watermark, now, merging}),
      }
      expect(machine.isFinished(merged.state), `is finished ${what}`).to.equal(merged.working.done)
      cells = cells.filter(one => one !== a && one !== b)
      if (!merged.working.done) cells.push(merged)
      else cells.push(fresh(0))
    }
  }
}

describe('TriggerMachine and the reference', () => {
  it('fire and finish alike, and next() announces what no element sets off', () => {
    fc.assert(
      fc.property(anyTrigger, steps, (trigger, script) => run(trigger, script, false)),
      cases(2000),
    )
  })
  it('fire and finish alike in windows that merge', () => {
    fc.assert(
      fc.property(anyTrigger, steps, (trigger, script) => run(trigger, script, true)),
      cases(2000),
    )
  })
})
