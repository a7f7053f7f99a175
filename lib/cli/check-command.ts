import {Command} from 'commander'
import {jobCommand} from './run-command.ts'

/** Declares `sluice check`. */
export function checkCommand(): Command {
  const about =
    'Look whether what a job needs is there, before anything is read: account, permissions, schemas, places.'
  return jobCommand('check', about).action(async (args: string[]) => {
    const {checkJob} = await import('./check-job.ts')
    process.exitCode = await checkJob(args)
  })
}

/** The options of `sluice check` that go with every job. */
export function checkOptions(): Command {
  return new Command('sluice check').option('--json', 'print the report as one JSON document')
}
