export {LOG_LEVELS, type LoggerOptions, openLogger} from './open-logger.ts'
export {type ProgressOptions, progressText} from './progress-text.ts'
export {summary} from './summary.ts'
