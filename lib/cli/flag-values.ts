import {InvalidArgumentError, Option} from 'commander'
import {parseDuration} from '../util/index.ts'

/** `--drain-deadline`, which several commands have. */
export function drainOption(): Option {
  return new Option('--drain-deadline <duration>', 'how long what was read may take after SIGINT or SIGTERM')
    .argParser(duration)
    .default(8000, '8s')
}

/** `--stack`, which all commands have that run somebody's code. */
export function stackOption(): Option {
  return new Option('--stack', 'shows the stack of what failed, too')
}

/** An integer of at least 1. */
export function positive(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Give a whole number of at least 1.')
}

function duration(text: string): number {
  const ms = parseDuration(/^\d+$/.test(text) ? Number(text) : text)
  if (ms === undefined || ms < 1) throw new InvalidArgumentError("Give a duration such as '500ms', '8s', '2m'.")
  return ms
}

/** For an option that may be given several times. */
export function append(text: string, before: string[] = []): string[] {
  return [...before, text]
}
