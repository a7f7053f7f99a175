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
  show,
} from './options.ts'
export {messageOf, nameInStacks, SluiceError, type SluiceErrorDetails, wrapError} from './sluice-error.ts'
export {causeMessages, type Frame, userFrame, userFrameOf, userStack} from './user-frame.ts'
