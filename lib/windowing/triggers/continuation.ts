import type {Trigger} from './trigger.ts'

/**
 * The trigger that the next grouping uses: it hands panes on as they arrive. The rules are Beam's.
 */
export function continuationOf(trigger: Trigger): Trigger {
  switch (trigger.kind) {
    case 'default':
    case 'always':
    case 'never':
    case 'after-synchronized-processing-time':
      return trigger
    case 'after-count':
      return Object.freeze({kind: 'after-count', count: 1})
    case 'after-processing-time':
      return Object.freeze({kind: 'after-synchronized-processing-time'})
    case 'after-watermark': {
      const {early, late} = trigger
      return Object.freeze({
        kind: 'after-watermark',
        ...(early && {early: continuationOf(early)}),
        ...(late && {late: continuationOf(late)}),
      })
    }
    case 'repeatedly':
      return repeated(continuationOf(trigger.trigger))
    case 'after-any':
    case 'after-all':
      return Object.freeze({kind: trigger.kind, triggers: continuations(trigger.triggers)})
    // downstream does not know which of them has fired
    case 'after-each':
      return repeated(Object.freeze({kind: 'after-any', triggers: continuations(trigger.triggers)}))
    case 'or-finally': {
      const {trigger: actual, until} = trigger
      return repeated(
        Object.freeze({kind: 'or-finally', trigger: continuationOf(actual), until: continuationOf(until)}),
      )
    }
  }
}

function repeated(trigger: Trigger): Trigger {
  return Object.freeze({kind: 'repeatedly', trigger})
}

function continuations(triggers: readonly Trigger[]): readonly Trigger[] {
  return Object.freeze(triggers.map(continuationOf))
}
