import {Command} from 'commander'

/** Declares `sluice init`. */
export function initCommand(version: string): Command {
  return new Command('init')
    .description('Make a starter project: a job in TypeScript with its test.')
    .argument('[dir]', 'an empty or new folder', '.')
    .action(async (dir: string) => {
      const {init} = await import('./init.ts')
      process.exitCode = await init(dir, version)
    })
}
