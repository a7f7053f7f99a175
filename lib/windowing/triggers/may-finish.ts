import type {Trigger} from './trigger.ts'

/**
 * True for a trigger that may finish while its window still takes elements, which would be dropped. A trigger that finishes only when
 * the watermark passes the end of the window loses nothing unless lateness is allowed: later elements are dropped anyway.
 *
 * @param allowedLateness ms
 */
export function mayFinish(trigger: Trigger, allowedLateness: number): boolean {
  const may = (child: Trigger) => mayFinish(child, allowedLateness)
  switch (trigger.kind) {
    case 'default':
    case 'always':
    case 'never':
    case 'repeatedly':
      return false
    case 'after-count':
    case 'after-processing-time':
    case 'after-synchronized-processing-time':
      return true
    case 'after-watermark':
      return trigger.late === undefined && allowedLateness > 0
    case 'after-any':
      return trigger.triggers.some(may)
    case 'after-all':
    case 'after-each':
      return trigger.triggers.every(may)
    case 'or-finally':
      return may(trigger.trigger) || may(trigger.until)
  }
}
