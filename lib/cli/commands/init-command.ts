import {Command} from 'commander'

/** Declares `sluice init`. */
export function initCommand(version: string): Command {
  return new Command('init')
    .description('Make a starter project: a job in TypeScript with its test.')
    .argument('[dir]', 'folder, which must not hold anything yet', '.')
    .action(async (dir: string) => {
      const {init} = await import('./init.ts')
      process.exitCode = await init(dir, version)
    })
}
