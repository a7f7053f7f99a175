// The filter of the README.
import {pipeline} from 'node:stream/promises'
import {map, readFromStdin, writeToStdout} from 'sluice'

await pipeline(
  readFromStdin(),
  map((line: string) => ({shout: line.toUpperCase()})),
  writeToStdout(),
)
