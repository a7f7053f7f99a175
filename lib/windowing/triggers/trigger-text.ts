import type {Trigger} from './trigger.ts'

/** A trigger as the user would write it: `afterWatermark({early: afterCount(1)})`. Equal text means an equal trigger. */
export function triggerText(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'default':
      return 'defaultTrigger()'
    case 'always':
    case 'never':
      return `${trigger.kind}()`
    case 'after-synchronized-processing-time':
      return 'afterSynchronizedProcessingTime()'
    case 'after-count':
      return `afterCount(${trigger.count})`
    case 'after-processing-time': {
      const {delay, alignTo} = trigger
      return `afterProcessingTime(${delay}${alignTo === undefined ? '' : `, {alignTo: ${alignTo}}`})`
    }
    case 'after-watermark': {
      const {early, late} = trigger
      const parts = [
        ...(early ? [`early: ${triggerText(early)}`] : []),
        ...(late ? [`late: ${triggerText(late)}`] : []),
      ]
      return `afterWatermark(${parts.length > 0 ? `{${parts.join(', ')}}` : ''})`
    }
    case 'repeatedly':
      return `repeatedly(${triggerText(trigger.trigger)})`
    case 'or-finally':
      return `orFinally(${triggerText(trigger.trigger)}, ${triggerText(trigger.until)})`
    case 'after-any':
      return `afterAny(${list(trigger.triggers)})`
    case 'after-all':
      return `afterAll(${list(trigger.triggers)})`
    case 'after-each':
      return `afterEach(${list(trigger.triggers)})`
  }
}

function list(triggers: readonly Trigger[]): string {
  return triggers.map(triggerText).join(', ')
}
