export {type ReadAllTextOptions, readAllFromText} from './read-all-from-text.ts'
export {readFromText, type TextReadOptions} from './read-from-text.ts'
export {type TextWriteOptions, writeToText} from './write-to-text.ts'
