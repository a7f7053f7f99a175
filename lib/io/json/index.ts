export type {JsonNumbers} from '../../formats/index.ts'
export {type JsonParseOptions, parseJson} from './parse-json.ts'
export {type JsonReadOptions, type JsonReject, type JsonTags, readFromJson} from './read-from-json.ts'
export {type JsonWriteOptions, writeToJson} from './write-to-json.ts'
