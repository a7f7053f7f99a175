/**
 * The command that creates a missing resource. Google's own command does not reach an emulator, so if one is in use the
 * local cloud's flag is given too.
 *
 * @param variable the emulator variable of the service
 * @param command the command for Google Cloud
 * @param flag the flag of `sluice local`
 *
 * @internal
 */
export function createCommand(variable: string, command: string, flag: string): string {
  return process.env[variable] ? `${command}; in the local cloud: npx sluice local ${flag}` : command
}
