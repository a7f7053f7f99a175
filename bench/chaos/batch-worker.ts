// The batch job as a process of its own, to be killed; ends when the job has.
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
