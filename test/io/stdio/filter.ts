// A Unix filter: lines in, JSON lines out.
import {pipeline} from 'node:stream/promises'
import {readFromStdin, writeToStdout} from '../../../lib/io/stdio/index.ts'

await pipeline(readFromStdin(), writeToStdout())
