import type {Command} from 'commander'
import {jobCommand} from './run-command.ts'

/** Declares `sluice graph`. */
export function graphCommand(): Command {
  return jobCommand('graph', 'Print the steps of a job module: as text, mermaid, dot or json.').action(
    async (args: string[]) => {
      const {graphJob} = await import('../jobs/graph-job.ts')
      process.exitCode = await graphJob(args)
    },
  )
}
