import type {Bundle} from '../../../../lib/core/index.ts'
import {Slot, type Work} from '../../../../lib/core/processing/async/slot.ts'
import {WatermarkHolds} from '../../../../lib/core/processing/watermarks/watermark-holds.ts'
import {numbers} from '../../support.ts'
import {chunk} from '../support.ts'

/** A chunk in work, after `epoch` barriers. */
export function workOf(count: number, epoch = 0): Work {
  const hold = new WatermarkHolds().hold(0)
  const of: Bundle<number> = chunk(numbers(count))
  return {
    chunk: of,
    bundle: undefined,
    callee: undefined,
    barrier: undefined,
    epoch,
    unfinished: count,
    hold,
    side: undefined,
  }
}

/** The slot of an element. */
export function slotOf(work: Work, index: number): Slot {
  return new Slot(work, index, 0, () => false)
}
