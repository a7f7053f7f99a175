// The job in a separate process, to be drained by SIGTERM or killed. Sends its numbers to its parent ten times a second.
import {silentLogger, stderrLogger} from 'sluice'
import {numbersOf, startJob} from './job.ts'

const [subscription = '', table = '', loud] = process.argv.slice(2)
const job = startJob({subscription, table, logger: loud ? stderrLogger : silentLogger})
const peaks = {peakOutstanding: 0, peakInWork: 0}

const look = () => {
  const numbers = numbersOf(job)
  peaks.peakOutstanding = Math.max(peaks.peakOutstanding, numbers.outstanding)
  peaks.peakInWork = Math.max(peaks.peakInWork, numbers.inWork)
  return numbers
}
const tell = () => {
  const {rss, heapUsed} = process.memoryUsage()
  process.send?.({...look(), ...peaks, rss, heapUsed})
}
const timers = [setInterval(look, 10), setInterval(tell, 100)]
process.on('message', () => {
  // asked for what is really in use
  globalThis.gc?.()
  tell()
})
// the parent may be gone, and nobody waits for it
process.channel?.unref()
const orphaned = () => process.exit(1)
process.once('disconnect', orphaned)

process.once('SIGTERM', () => void job.source.drain({deadline: 30_000}))
await job.done
for (const timer of timers) clearInterval(timer)
tell()
process.off('disconnect', orphaned)
process.disconnect?.()
