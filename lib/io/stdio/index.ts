export {jsonLine} from './json-line.ts'
export {readFromStdin, type StdinReadOptions} from './read-from-stdin.ts'
export {type StdoutWriteOptions, writeToStdout} from './write-to-stdout.ts'
