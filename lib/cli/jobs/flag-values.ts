import {InvalidArgumentError, Option} from 'commander'
import {parseDuration} from '../../util/index.ts'

/** `--drain-deadline`, shared by several commands. */
export function drainOption(): Option {
  return new Option(
    '--drain-deadline <duration>',
    'how long elements already read may take to finish after SIGINT or SIGTERM',
  )
    .argParser(duration)
    .default(8000, '8s')
}

/** `--stack`, shared by all commands that run user code. */
export function stackOption(): Option {
  return new Option('--stack', 'also shows the stack of the failure')
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

/** Collects an option that may be given several times. */
export function append(text: string, before: string[] = []): string[] {
  return [...before, text]
}
