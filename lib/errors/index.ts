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
export {messageOf, SluiceError, type SluiceErrorDetails, wrapError} from './sluice-error.ts'
