import {Command} from 'commander'

/**
 * Declares `sluice run`. It also takes the job's own options, known only once the module is loaded, so here they pass through
 * unparsed.
 */
export function runCommand(): Command {
  return jobCommand('run', 'Run a job module: a .ts or .js file that default-exports defineJob({…}).').action(
    async (args: string[]) => {
      const {runJob} = await import('../jobs/run-job.ts')
      process.exitCode = await runJob(args)
    },
  )
}

/** A command whose first argument is a job; the rest are that job's options. */
export function jobCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .usage(`JOB [options]   (sluice ${name} JOB --help lists them, the job's own too)`)
    .argument('[args...]')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
}
