export {abortable, onAbort} from './abort.ts'
export {type Deferred, deferred} from './deferred.ts'
export {DURATION_FORMS, type Duration, formatDuration, parseDuration} from './duration.ts'
export {parseSize, SIZE_FORMS, type Size} from './size.ts'
