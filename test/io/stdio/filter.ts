// A Unix filter: lines in, JSON lines out.
import {pipeline} from 'node:stream/promises'
import {readFromStdin, writeToStdout} from 'sluice'

await pipeline(readFromStdin(), writeToStdout())
