import type {Command} from 'commander'
import {jobCommand} from './run-command.ts'

/** Declares `sluice check`. */
export function checkCommand(): Command {
  const about =
    'Check, before anything is read, that a job has what it needs: account, permissions, schemas, locations.'
  return jobCommand('check', about).action(async (args: string[]) => {
    const {checkJob} = await import('../jobs/check-job.ts')
    process.exitCode = await checkJob(args)
  })
}
