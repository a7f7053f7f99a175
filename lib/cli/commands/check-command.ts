import type {Command} from 'commander'
import {jobCommand} from './run-command.ts'

/** Declares `sluice check`. */
export function checkCommand(): Command {
  const about =
    'Look whether what a job needs is there, before anything is read: account, permissions, schemas, places.'
  return jobCommand('check', about).action(async (args: string[]) => {
    const {checkJob} = await import('../jobs/check-job.ts')
    process.exitCode = await checkJob(args)
  })
}
