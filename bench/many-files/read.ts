// Reads many small files with a given `concurrency`.
import {readFromText} from 'sluice'
import {contestant} from '../measure.ts'
import {Counting} from './counting.ts'

const [pattern = '', concurrency = '1'] = process.argv.slice(2)
await contestant(async () => ({
  lines: await Counting.linesOf(readFromText(pattern, {concurrency: Number(concurrency)})),
}))
