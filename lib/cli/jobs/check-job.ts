import Table from 'cli-table3'
import {type CheckReport, checkPipeline} from '../../check/index.ts'
import {printable, printableJson, printableLine} from '../../util/index.ts'
import {EXIT, reportError} from '../report/exit.ts'
import {readJobArgs} from './job-args.ts'
import {checkOptions} from './job-flags.ts'
import {targetText} from './target.ts'

interface CheckFlags {
  json?: boolean
}

/** Runs `sluice check`; returns its exit code. */
export async function checkJob(args: readonly string[]): Promise<number> {
  try {
    const {job, flags, texts} = await readJobArgs<CheckFlags>(checkOptions(), args)
    const p = job.pipeline(job.parse(texts))
    process.stderr.write(`target: ${printableLine(targetText(p.connected(), undefined))}\n`)
    const report = await checkPipeline(p)
    process.stdout.write(flags.json ? `${printableJson(JSON.stringify(report, null, 2))}\n` : printable(textOf(report)))
    return report.ok ? EXIT.done : EXIT.failed
  } catch (error) {
    return reportError(error)
  }
}

/** One row per finding, then each fix in full. */
function textOf({name, findings}: CheckReport): string {
  // including padding; longer texts are wrapped
  const width = Math.min(60, Math.max(5, ...findings.map(({found}) => found.length)) + 2)
  const table = new Table({
    head: ['', 'step', 'what', 'found'],
    style: {head: [], border: []},
    colWidths: [null, null, null, width],
    wordWrap: true,
  })
  for (const {step, what, found, fix} of findings)
    table.push([fix === undefined ? 'ok' : 'fix', step ?? '', what, found])
  const fixes = findings.filter(({fix}) => fix !== undefined).map(({what, fix}) => `  ${what}: ${fix}\n`)
  const done = fixes.length === 0 ? `${name}: nothing to do\n` : `${name}: to be done\n${fixes.join('')}`
  return findings.length === 0 ? done : `${table.toString()}\n${done}`
}
