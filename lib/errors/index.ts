export {ERROR_CODES, type SluiceErrorCode} from './codes.ts'
export {elementText, forgetElements, valueText} from './elements.ts'
export {
  badOption,
  booleanOption,
  checkOptionNames,
  distance,
  durationOption,
  enumOption,
  integerOption,
} from './options.ts'
export {isTransient, type ServiceErrorKind} from './service-error-kind.ts'
export {nameInStacks, noteStage, SluiceError, type SluiceErrorDetails, wrapError} from './sluice-error.ts'
export {isNativeError, messageOf, show, stackOf} from './thrown.ts'
export {causeMessages, type Frame, userFrame, userFrameOf, userStack} from './user-frame.ts'
