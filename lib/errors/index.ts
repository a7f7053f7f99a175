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
export {noteStage, SluiceError, type SluiceErrorDetails, wrapError} from './sluice-error.ts'
export {isNativeError, messageOf, show, stackOf} from './thrown.ts'
