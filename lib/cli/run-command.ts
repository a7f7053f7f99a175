import {Command, Option} from 'commander'
import {drainOption, positive} from './pipe-flags.ts'

/**
 * Declares `sluice run`. Its options are those of the job too, which are known when its module is loaded: here they pass
 * through as they are.
 */
export function runCommand(): Command {
  return jobCommand('run', 'Run a job module: a .ts or .js file that default-exports defineJob({…}).').action(
    async (args: string[]) => {
      const {runJob} = await import('./run-job.ts')
      process.exitCode = await runJob(args)
    },
  )
}

/** The options of `sluice run` that go with every job. */
export function runOptions(): Command {
  return new Command('sluice run')
    .option('--local [dir]', 'run against a local cloud, with its data in DIR (default: a temporary folder)')
    .option('--dry-run', 'print the graph and the checked options, and read nothing')
    .option('--json', 'print the result as one JSON document on standard output')
    .option('--concurrency <n>', 'asynchronous calls in flight of each DoFn that says nothing itself', positive)
    .addOption(drainOption())
    .option('--progress', 'shows progress on standard error (default: when that is a terminal)')
    .option('--no-progress', 'shows none')
    .addOption(
      new Option('--log <format>', 'writes to standard error as a log, in place of texts').choices(['json', 'pretty']),
    )
    .option('--no-elements', 'shows no elements in errors and logs')
    .option('-q, --quiet', 'no target, progress, warnings and summary')
}

/** A command whose first argument is a job, and the rest that job's options. */
export function jobCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .usage(`JOB [options]   (sluice ${name} JOB --help lists them, the job's own too)`)
    .argument('[args...]')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
}
