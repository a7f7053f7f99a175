export {decodeKey} from './keys/decode-key.ts'
export {encodeKey} from './keys/encode-key.ts'
export {keyOf} from './keys/key-of.ts'
