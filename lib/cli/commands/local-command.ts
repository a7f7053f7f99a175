import {Command, InvalidArgumentError} from 'commander'
import {append} from '../jobs/flag-values.ts'
import type {LocalFlags} from '../local/local.ts'

/** Declares `sluice local`. */
export function localCommand(): Command {
  return new Command('local')
    .description('Start a local Cloud Storage, BigQuery and Pub/Sub; print its environment, or run COMMAND in it.')
    .usage('[options] [-- COMMAND ...]')
    .argument('[command...]', 'a command to run with the environment set; its exit code is passed on')
    .option('--dir <folder>', 'keep the data in this folder (default: a temporary one)')
    .option('--http-port <number>', 'port on 127.0.0.1 for Cloud Storage and BigQuery (default: any free one)', port)
    .option('--grpc-port <number>', 'port on 127.0.0.1 for Pub/Sub (default: any free one)', port)
    .option('--project <id>', 'project id (default: local-project)')
    .option('--bucket <name>', 'make this bucket (again for another)', append)
    .option('--dataset <name>', 'make this dataset', append)
    .option('--topic <name>', 'make this topic', append)
    .option('--subscription <topic:name>', 'make this subscription of a topic, and the topic', append)
    .option('--seed <folder>', 'copy the folders in it, each of them a bucket; files go into the only --bucket')
    .action(async (command: string[], flags: LocalFlags) => {
      const {local} = await import('../local/local.ts')
      process.exitCode = await local(flags, command)
    })
}

function port(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Give a port number.')
}
