import type {Trigger} from '../../../lib/windowing/index.ts'
import {lastOf, type Span} from './windows.ts'

/** A trigger at work: what it has seen, part by part. Nothing here is shared with lib/windowing but the shape of a trigger. */
export interface Working {
  readonly trigger: Trigger
  done: boolean
  /** Around the watermark: the on-time firing is over. */
  over: boolean
  /** When the elements came that it has to do with, by the clock; only for those that look at elements. */
  arrivals: number[]
  readonly parts: Working[]
}

/** Where a window is in time. */
export interface Moment {
  readonly window: Span
  readonly watermark: number
  readonly now: number
  /** Windows of this kind can merge. */
  readonly merging: boolean
}

export function begin(trigger: Trigger): Working {
  return {trigger, done: false, over: false, arrivals: [], parts: partsOf(trigger).map(begin)}
}

function partsOf(trigger: Trigger): readonly Trigger[] {
  switch (trigger.kind) {
    case 'repeatedly':
      return [trigger.trigger]
    case 'after-any':
    case 'after-all':
    case 'after-each':
      return trigger.triggers
    case 'or-finally':
      return [trigger.trigger, trigger.until]
    case 'after-watermark':
      if (!trigger.early && !trigger.late) return []
      return [trigger.early ?? {kind: 'never'}, ...(trigger.late ? [trigger.late] : [])]
    default:
      return []
  }
}

/** True once the watermark has passed the end of the window. */
function passed({window, watermark}: Moment): boolean {
  return watermark > lastOf(window)
}

/** An element has come. */
export function element(at: Working, moment: Moment): void {
  at.arrivals.push(moment.now)
  const current = at.parts.filter(part => !part.done)
  let reached = at.parts
  if (at.trigger.kind === 'after-all') reached = current
  // windows that can merge may bring back a part that was done: all have to know the elements
  if (at.trigger.kind === 'after-each' && !moment.merging) reached = current.slice(0, 1)
  if (at.trigger.kind === 'after-watermark' && !moment.merging)
    reached = at.parts.slice(at.over ? 1 : 0, at.over ? 2 : 1)
  for (const part of reached) element(part, moment)
}

/** Whether it would fire now. */
export function ready(at: Working, moment: Moment): boolean {
  const {trigger, parts, arrivals} = at
  switch (trigger.kind) {
    case 'default':
      return passed(moment)
    case 'never':
      return false
    case 'always':
      return true
    case 'after-count':
      return arrivals.length >= trigger.count
    case 'after-processing-time':
      return arrivals.length > 0 && moment.now >= due(trigger, arrivals[0]!)
    case 'after-synchronized-processing-time':
      return arrivals.length > 0 && moment.now >= due(SYNCHRONIZED, arrivals[0]!)
    case 'after-watermark': {
      if (parts.length === 0) return passed(moment)
      const [early, late] = parts as [Working, Working?]
      if (!at.over) return ready(early, moment) || passed(moment)
      return late !== undefined && ready(late, moment)
    }
    case 'repeatedly':
      return ready(parts[0]!, moment)
    case 'after-any':
    case 'or-finally':
      return parts.some(part => part.done || ready(part, moment))
    case 'after-all':
      return parts.every(part => part.done || ready(part, moment))
    case 'after-each': {
      const current = parts.find(part => !part.done)
      return current !== undefined && ready(current, moment)
    }
  }
}

/** The panes that one firing upstream has set off come within a millisecond. */
const SYNCHRONIZED = {delay: 1}

/** When it is due after a first element at this time. */
function due({delay, alignTo}: {delay: number; alignTo?: number}, first: number): number {
  const at = first + delay
  if (!alignTo) return at
  let aligned = Math.floor(at / alignTo) * alignTo
  while (aligned < at) aligned += alignTo
  return aligned
}

/** The times at which its parts are due, whether they are at work or not. */
export function dues(at: Working): number[] {
  const [first] = at.arrivals
  const of = at.parts.flatMap(dues)
  if (first === undefined) return of
  if (at.trigger.kind === 'after-processing-time') of.push(due(at.trigger, first))
  if (at.trigger.kind === 'after-synchronized-processing-time') of.push(due(SYNCHRONIZED, first))
  return of
}

/** It fires. */
export function fire(at: Working, moment: Moment): void {
  const {trigger, parts} = at
  at.arrivals = []
  switch (trigger.kind) {
    case 'default':
    case 'never':
    case 'always':
      return
    case 'after-count':
    case 'after-processing-time':
    case 'after-synchronized-processing-time':
      at.done = true
      return
    case 'after-watermark':
      if (parts.length === 0) at.done = true
      else fireAroundWatermark(at, moment)
      return
    case 'repeatedly':
      fireAndRestart(parts, 0, moment)
      return
    case 'after-any':
      for (const part of parts) {
        if (ready(part, moment)) fire(part, moment)
        else forget(part)
      }
      at.done = parts.some(part => part.done)
      return
    case 'after-all':
      for (const part of parts) if (!part.done) fire(part, moment)
      at.done = parts.every(part => part.done)
      return
    case 'after-each': {
      const current = parts.find(part => !part.done)!
      fire(current, moment)
      // the others have not begun, or are over, unless a merge brings them back: for what comes from now on
      for (const part of parts) if (part !== current) forget(part)
      at.done = parts.every(part => part.done)
      return
    }
    case 'or-finally': {
      const [actual, until] = parts as [Working, Working]
      if (ready(until, moment)) {
        fire(until, moment)
        forget(actual)
      } else fire(actual, moment)
      at.done = actual.done || until.done
    }
  }
}

function fireAroundWatermark(at: Working, moment: Moment): void {
  const [early, late] = at.parts as [Working, Working?]
  if (at.over) {
    fireAndRestart(at.parts, 1, moment)
    // a merge may bring early firings back, for what comes from now on
    forget(early)
  } else if (!passed(moment)) fireAndRestart(at.parts, 0, moment)
  else {
    at.over = true
    at.parts[0] = begin(early.trigger)
    if (late) at.parts[1] = begin(late.trigger)
    else at.done = true
  }
}

/** A part that is repeated: when it is done, it begins again. */
function fireAndRestart(parts: Working[], i: number, moment: Moment): void {
  fire(parts[i]!, moment)
  parts[i] = restarted(parts[i]!)
}

/** The elements that it has seen are gone with a pane; what is done stays done. */
function forget(at: Working): void {
  at.arrivals = []
  at.parts.forEach(forget)
}

/** Windows have become one, with the trigger of each; `moment` is that of the result. */
export function merge(all: readonly Working[], moment: Moment): Working {
  const {trigger} = all[0]!
  const merged: Working = {
    trigger,
    done: false,
    over: all.every(one => one.over) && passed(moment),
    arrivals: all.flatMap(one => one.arrivals).sort((a, b) => a - b),
    parts: [],
  }
  merged.parts.push(...mergeParts(all, merged.over, moment))
  switch (trigger.kind) {
    case 'after-count':
    case 'after-processing-time':
    case 'after-synchronized-processing-time':
      merged.done = all.some(one => one.done)
      if (merged.done) merged.arrivals = []
      break
    case 'after-watermark':
      // open in one of them is open in all: what is in there has not been emitted on time
      if (merged.parts.length > 0) merged.done = merged.over && merged.parts.length === 1
      else merged.done = all.every(one => one.done) && passed(moment)
      break
    case 'after-each':
    case 'after-all':
      merged.done = merged.parts.every(part => part.done)
      break
    case 'after-any':
    case 'or-finally':
      merged.done = merged.parts.some(part => part.done)
  }
  return merged
}

function mergeParts(all: readonly Working[], over: boolean, moment: Moment): Working[] {
  const {trigger, parts} = all[0]!
  const mergePart = (i: number) =>
    merge(
      all.map(one => one.parts[i]!),
      moment,
    )
  if (trigger.kind === 'repeatedly') return [restarted(mergePart(0))]
  if (trigger.kind === 'after-watermark' && parts.length > 0) {
    const early = restarted(mergePart(0))
    if (!parts[1]) return [early]
    // without a late firing yet, what late firings look at has not begun
    return [early, over ? restarted(mergePart(1)) : begin(parts[1].trigger)]
  }
  if (trigger.kind !== 'after-each') return parts.map((_, i) => mergePart(i))
  // those after the first that is not done have not begun
  let before = true
  return parts.map((part, i) => {
    if (!before) return begin(part.trigger)
    const one = mergePart(i)
    before = one.done
    return one
  })
}

function restarted(part: Working): Working {
  return part.done ? begin(part.trigger) : part
}

/** Whether it promises a pane when the watermark passes the end, even an empty one. */
export function promisesOnTime(trigger: Trigger): boolean {
  return trigger.kind === 'default' || trigger.kind === 'after-watermark' || partsOf(trigger).some(promisesOnTime)
}
