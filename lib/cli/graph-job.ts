import {Command, Option} from 'commander'
import {EXIT, reportError} from './exit.ts'
import {readJobArgs} from './job-args.ts'

/** Formats of `sluice graph`. */
const FORMATS = ['text', 'mermaid', 'dot', 'json'] as const

/** Runs `sluice graph`; returns its exit code. */
export async function graphJob(args: readonly string[]): Promise<number> {
  const command = new Command('sluice graph').addOption(
    new Option('--format <format>', 'how it is printed').choices(FORMATS).default('text'),
  )
  try {
    const {job, flags, texts} = await readJobArgs<{format: (typeof FORMATS)[number]}>(command, args)
    const p = job.pipeline(job.parse(texts))
    const {format} = flags
    process.stdout.write(format === 'json' ? `${JSON.stringify(p.graph(), null, 2)}\n` : p.graph(format))
    return EXIT.done
  } catch (error) {
    return reportError(error)
  }
}
