export {readFromText, type TextReadOptions} from './read-from-text.ts'
