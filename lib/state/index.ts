export {keyOf} from './keys/key-of.ts'
