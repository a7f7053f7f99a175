import {Command, Option} from 'commander'
import {drainOption, positive, stackOption} from './flag-values.ts'

/** The options of `sluice run` common to all jobs. */
export function runOptions(): Command {
  return new Command('sluice run')
    .option('--local [dir]', 'run against a local cloud, with its data in DIR (default: a temporary folder)')
    .option('--dry-run', 'print the graph and the checked options, and read nothing')
    .option('--json', 'print the result as one JSON document on standard output')
    .option('--concurrency <n>', 'asynchronous calls in flight of each DoFn that says nothing itself', positive)
    .option('--checkpoint <path>', 'notes there what is committed, and reads only the rest when it finds it there')
    .addOption(drainOption())
    .option('--progress', 'shows progress on standard error (default: when that is a terminal)')
    .option('--no-progress', 'shows none')
    .addOption(
      new Option('--log <format>', 'writes to standard error as a log, in place of texts').choices(['json', 'pretty']),
    )
    .addOption(stackOption())
    .option('--no-elements', 'shows no elements in errors and logs')
    .option('-q, --quiet', 'no target, progress, warnings and summary')
}

/** The options of `sluice check` common to all jobs. */
export function checkOptions(): Command {
  return new Command('sluice check').option('--json', 'print the report as one JSON document').addOption(stackOption())
}

/** The options of `sluice graph` common to all jobs. */
export function graphOptions(): Command {
  return new Command('sluice graph')
    .addOption(
      new Option('--format <format>', 'how it is printed').choices(['text', 'mermaid', 'dot', 'json']).default('text'),
    )
    .addOption(stackOption())
}
