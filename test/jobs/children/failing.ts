// Runs every failing job in both ways; then nothing may be left to do, and the process ends by itself.
import {failingJobs, runFailing, styles} from '../failing-jobs.ts'

process.on('unhandledRejection', error => {
  console.log('unhandled rejection', error)
  process.exitCode = 1
})
process.on('uncaughtExceptionMonitor', error => console.log('uncaught exception', error))

let failed = 0
for (const style of styles)
  for (const job of failingJobs)
    await runFailing(job, style).run.catch(() => {
      failed++
    })
// a timer that itself keeps nothing alive: it fires only if something else does
setTimeout(() => {
  console.log('still alive:', process.getActiveResourcesInfo())
  process.exit(2)
}, 3000).unref()
process.on('exit', code => console.log(`${failed} failed as they should, exit ${code}`))
