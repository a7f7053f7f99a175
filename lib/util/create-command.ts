/**
 * The command that makes a missing resource. Where an emulator is in use, Google's own command does not reach it: then the
 * local cloud's flag is told too.
 *
 * @param variable the emulator variable of the service
 * @param command of Google Cloud
 * @param flag of `sluice local`
 *
 * @internal
 */
export function createCommand(variable: string, command: string, flag: string): string {
  return process.env[variable] ? `${command}; in the local cloud: npx sluice local ${flag}` : command
}
