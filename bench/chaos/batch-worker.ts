// The batch job in a separate process, to be killed; exits when the job ends.
import {silentLogger} from 'sluice'
import {runBatchJob} from './batch-job.ts'

const [pattern = '', table = '', checkpoint = ''] = process.argv.slice(2)
// the parent may be gone, and nobody waits for it
process.channel?.unref()
const orphaned = () => process.exit(1)
process.once('disconnect', orphaned)
await runBatchJob({pattern, table, checkpoint, logger: silentLogger})
process.off('disconnect', orphaned)
process.disconnect?.()
