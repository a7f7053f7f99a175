import type {Finding, StageInfo} from '../core/index.ts'
import {checkOptionNames, messageOf, SluiceError} from '../errors/index.ts'
import type {Pipeline} from '../pipeline/index.ts'
import {identityFinding} from './identity.ts'

/** A finding, and the step that it is about; undefined for one about the whole job. */
export interface CheckedFinding extends Finding {
  readonly step: string | undefined
}

/** What a check has found. */
export interface CheckReport {
  readonly name: string
  /** Nothing is to be done. */
  readonly ok: boolean
  readonly findings: readonly CheckedFinding[]
}

/**
 * Checks, before anything is read, that what a pipeline needs is there: the account and its project, the permissions on
 * buckets, tables, topics and subscriptions, where buckets and datasets are, files that match, the table's schema against
 * the job's, the partition that a decorator names. Only names, sizes and schemas are asked for; the pipeline can run
 * afterwards.
 *
 * A finding also names what cannot be checked: whether a table or subscription may be created.
 *
 * @param options `signal` ends the check
 * @returns a report; what is wrong is a finding with a `fix`, not an error
 * @throws {SluiceError} `ERR_SLUICE_GRAPH`, `ERR_SLUICE_TAG`, `ERR_SLUICE_MIXED_TARGETS` for a graph that cannot run
 *
 * @example
 * const p = new Pipeline({name: 'orders'})
 * p.apply(readFromCsv('gs://my-bucket/*.csv')).apply(writeToBigQuery({table: 'shop.orders'}))
 * const {ok, findings} = await checkPipeline(p)
 * if (!ok) console.error(findings.filter(({fix}) => fix !== undefined))
 */
export async function checkPipeline(
  p: Pipeline,
  options: {signal?: AbortSignal | undefined} = {},
): Promise<CheckReport> {
  checkOptionNames('checkPipeline', options, ['signal'])
  const {signal = new AbortController().signal} = options
  const stages = p.stages()
  const findings: CheckedFinding[] = []
  const about = (step: string | undefined, found: readonly Finding[]) =>
    findings.push(...found.map(finding => ({step, ...finding})))
  about(undefined, await identityFinding(stages.map(({info}) => info)))
  for (const {name, info} of stages) about(name, await findingsOf(info, signal))
  about(undefined, placeFinding(findings))
  return {name: p.name, ok: findings.every(({fix}) => fix === undefined), findings}
}

async function findingsOf({check, kind}: StageInfo, signal: AbortSignal): Promise<Finding[]> {
  try {
    return (await check?.(signal)) ?? []
  } catch (error) {
    signal.throwIfAborted()
    const fix =
      error instanceof SluiceError
        ? 'see the message'
        : 'run `gcloud auth application-default login`, or see the message'
    return [{what: `this ${kind}`, found: messageOf(error), fix}]
  }
}

/** Moving data between locations works, but costs: it is reported, without a fix. */
function placeFinding(findings: readonly CheckedFinding[]): Finding[] {
  const placed = findings.filter(({location}) => location !== undefined)
  const places = new Set(placed.map(({location}) => location!.toUpperCase()))
  if (places.size < 2) return []
  return [
    {what: 'locations', found: `data goes between ${[...places].join(' and ')}, which takes time and costs traffic`},
  ]
}
