import {printableJson} from '../../util/index.ts'
import {EXIT, reportError} from '../report/exit.ts'
import {readJobArgs} from './job-args.ts'
import {graphOptions} from './job-flags.ts'

/** Runs `sluice graph`; returns its exit code. */
export async function graphJob(args: readonly string[]): Promise<number> {
  try {
    const {job, flags, texts} = await readJobArgs<{format: 'text' | 'mermaid' | 'dot' | 'json'}>(graphOptions(), args)
    const p = job.pipeline(job.parse(texts))
    const {format} = flags
    process.stdout.write(format === 'json' ? `${printableJson(JSON.stringify(p.graph(), null, 2))}\n` : p.graph(format))
    return EXIT.done
  } catch (error) {
    return reportError(error)
  }
}
