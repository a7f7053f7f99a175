import {Argument, Command} from 'commander'

/** Declares `sluice completion`. */
export function completionCommand(): Command {
  return new Command('completion')
    .description('Print a script that makes a shell complete commands and options.')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: 'bash' | 'zsh' | 'fish', _flags: object, command: Command) => {
      const {completionScript} = await import('./completion.ts')
      process.stdout.write(completionScript(command.parent!, shell))
    })
}
