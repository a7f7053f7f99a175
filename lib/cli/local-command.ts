import {Command, InvalidArgumentError} from 'commander'

/** Flags of `sluice local` as commander gives them. */
export interface LocalFlags {
  dir?: string
  httpPort?: number
  grpcPort?: number
  project?: string
}

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
    .action(async (command: string[], flags: LocalFlags) => {
      const {local} = await import('./local.ts')
      process.exitCode = await local(flags, command)
    })
}

function port(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Give a port number.')
}
