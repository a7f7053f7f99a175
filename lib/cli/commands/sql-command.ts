import {Command, Option} from 'commander'
import {append} from '../jobs/flag-values.ts'
import type {SqlFlags} from './sql.ts'

/** Declares `sluice sql`. */
export function sqlCommand(): Command {
  return new Command('sql')
    .description('Run a query in BigQuery and print its rows.')
    .argument('<query>', 'GoogleSQL (the local cloud supports a part of it); - reads it from standard input')
    .option('--local <dir>', 'ask the local cloud whose data is in DIR')
    .option('--project <id>', 'project that the query runs in (default: that of the environment or the credentials)')
    .addOption(
      new Option('--format <format>', 'how rows are printed').choices(['table', 'csv', 'jsonl']).default('table'),
    )
    .option('--param <name=value>', 'a parameter, @name in the query; a value that is JSON counts as that', append)
    .action(async (query: string, flags: SqlFlags) => {
      const {sql} = await import('./sql.ts')
      process.exitCode = await sql(query, flags)
    })
}
