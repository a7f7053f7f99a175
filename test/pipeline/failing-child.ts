// Run by failing.test.ts in a process of its own: every failing pipeline, then nothing may be left to do.
import {failingCases} from './failing-stages.ts'

process.on('unhandledRejection', error => {
  console.log('unhandled rejection', error)
  process.exitCode = 1
})
process.on('uncaughtExceptionMonitor', error => console.log('uncaught exception', error))

let failed = 0
for (const {build} of failingCases) {
  try {
    await build().run()
  } catch {
    failed++
  }
}
// a timer that itself keeps nothing alive: it fires only if something else does
setTimeout(() => {
  console.log('still alive:', process.getActiveResourcesInfo())
  process.exit(2)
}, 5000).unref()
process.on('exit', code => console.log(`${failed} failed as they should, exit ${code}`))
