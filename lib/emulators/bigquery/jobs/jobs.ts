import {setTimeout as sleep} from 'node:timers/promises'
import type {ServiceRequest} from '../../service/service.ts'
import {ok} from '../catalog/context.ts'
import {invalid, unsupported} from '../model/errors.ts'
import {resourceName} from '../model/names.ts'
import {type QueryBody, queryRequest} from '../query/query-body.ts'
import {startQuery} from '../query/run-query.ts'
import {slicePage} from '../tables/result-pages.ts'
import {Job, type JobFault} from './job.ts'
import type {JobContext, JobHandler} from './job-context.ts'
import {jobResource, notComplete, queryResults} from './job-resource.ts'

const DEFAULT_WAIT_MS = 10_000
const MAX_WAIT_MS = 200_000
/** jobs.get waits a little: the client would ask again only after half a second. */
const POLL_MS = 1000

interface JobBody {
  jobReference?: {jobId?: unknown; location?: string}
  configuration?: {
    query?: QueryBody
    load?: object
    copy?: object
    extract?: object
    dryRun?: boolean
    jobTimeoutMs?: unknown
  }
}

interface JobsQueryBody extends QueryBody {
  requestId?: string
  dryRun?: boolean
  location?: string
  timeoutMs?: unknown
  maxResults?: unknown
  formatOptions?: Record<string, unknown>
}

/** `jobs.insert`: answers RUNNING at once; `jobs.get` reports what became of the job. */
export const insertJob: JobHandler = async (context, request, [project = '']) => {
  request.authorize('bigquery.jobs.create', resourceName.project(project))
  if (!/json/.test(request.headers['content-type'] ?? 'json')) throw unsupported('a load job (upload)')
  const body = await request.json<JobBody>()
  const {query, dryRun = false, ...other} = body.configuration ?? {}
  const kind = (['load', 'copy', 'extract'] as const).find(name => other[name])
  if (kind) throw unsupported(`a ${kind} job`)
  if (!query) throw invalid('Required parameter is missing: configuration.query')
  const configuration = {...body.configuration, jobType: 'QUERY'}
  const job = makeJob(
    context,
    request,
    project,
    {...query, jobTimeoutMs: body.configuration?.jobTimeoutMs},
    {dryRun, ...body.jobReference, configuration},
  )
  if (dryRun) {
    await job.finished
    if (job.failure) throw job.failure
    return ok(jobResource(job, 'DONE'))
  }
  context.jobs.add(job)
  void job.finished.then(() => context.jobs.trim(job))
  return ok(jobResource(job, 'RUNNING'))
}

/** `jobs.query`: waits for the result up to `timeoutMs`, by default 10 s. */
export const query: JobHandler = async (context, request, [project = '']) => {
  const {jobs} = context
  request.authorize('bigquery.jobs.create', resourceName.project(project))
  const body = await request.json<JobsQueryBody>()
  const {requestId, dryRun = false, location} = body
  const kind = 'bigquery#queryResponse'
  let job = requestId ? jobs.ofRequest(requestId, String(body.query)) : undefined
  if (!job) {
    const made = makeJob(context, request, project, body, {
      dryRun,
      location,
      configuration: {jobType: 'QUERY', query: body},
    })
    job = made
    if (!dryRun) {
      jobs.add(made)
      if (requestId) jobs.rememberRequest(requestId, made)
      void made.finished.then(() => jobs.trim(made))
    }
  }
  if (job.isHeldBack || !(await endsWithin(job, body.timeoutMs))) return ok(notComplete(job, kind))
  const get = (name: string) => {
    const option = /^formatOptions\.(.*)$/.exec(name)?.[1]
    return option ? body.formatOptions?.[option] : (body as Record<string, unknown>)[name]
  }
  return ok(queryResults(context, job, kind, get))
}

export const getQueryResults: JobHandler = async (context, request, [project = '', id = '']) => {
  request.authorize('bigquery.jobs.create', resourceName.project(project))
  const kind = 'bigquery#getQueryResultsResponse'
  const job = context.jobs.get(project, id)
  applyPollFault(job, request)
  if (job.heldBack() || !(await endsWithin(job, request.query.get('timeoutMs')))) return ok(notComplete(job, kind))
  return ok(queryResults(context, job, kind, name => request.query.get(name)))
}

export const getJob: JobHandler = async ({jobs}, request, [project = '', id = '']) => {
  request.authorize('bigquery.jobs.create', resourceName.project(project))
  const job = jobs.get(project, id)
  applyPollFault(job, request)
  if (job.heldBack()) return ok(jobResource(job, 'RUNNING'))
  await endsWithin(job, POLL_MS)
  return ok(jobResource(job))
}

export const listJobs: JobHandler = async ({jobs}, request, [project = '']) => {
  request.authorize('bigquery.jobs.create', resourceName.project(project))
  const states = request.query.getAll('stateFilter').map(state => state.toUpperCase())
  const resources = jobs.list(project).map(job => jobResource(job) as {status: {state: string; errorResult?: object}})
  const wanted = resources.filter(({status}) => states.length === 0 || states.includes(status.state))
  const {items, nextPageToken} = slicePage(wanted, name => request.query.get(name))
  const shown = items.map(job => ({...job, state: job.status.state, errorResult: job.status.errorResult}))
  return ok({kind: 'bigquery#jobList', etag: 'list', jobs: shown, nextPageToken})
}

export const cancelJob: JobHandler = async ({jobs}, request, [project = '', id = '']) => {
  request.authorize('bigquery.jobs.create', resourceName.project(project))
  const job = jobs.get(project, id)
  job.cancel()
  await job.finished
  return ok({kind: 'bigquery#jobCancelResponse', job: jobResource(job)})
}

export const deleteJob: JobHandler = async ({jobs}, request, [project = '', id = '']) => {
  request.authorize('bigquery.jobs.delete', resourceName.project(project))
  jobs.delete(jobs.get(project, id))
  return {status: 204}
}

function makeJob(
  context: JobContext,
  request: ServiceRequest,
  project: string,
  body: QueryBody,
  options: {dryRun: boolean; jobId?: unknown; location?: string | undefined; configuration: object},
): Job {
  const {jobId: id, location, configuration} = options
  if (id !== undefined && (typeof id !== 'string' || !/^[\w-]{1,1024}$/.test(id)))
    throw invalid(
      `Invalid job ID "${String(id)}". Job IDs must be alphanumeric (plus underscores and dashes) and must be at most 1024 characters long.`,
    )
  const asked = queryRequest(request, project, body, options.dryRun)
  const init = {project, id, location, query: asked, configuration, fault: jobFault(request), clock: context.clock}
  return new Job(init, q => startQuery(context, q))
}

function jobFault(request: ServiceRequest): JobFault | undefined {
  return request.faults.find(fault => fault.kind === 'job')
}

/** A fault rule may also hit a poll: then that poll reports RUNNING, or the job has failed. */
function applyPollFault(job: Job, request: ServiceRequest): void {
  const fault = jobFault(request)
  if (fault?.error) job.fail(fault.error)
  if (fault?.runningPolls) job.holdBack(fault.runningPolls)
}

async function endsWithin(job: Job, given: unknown): Promise<boolean> {
  const ms = given === undefined || given === null || given === '' ? DEFAULT_WAIT_MS : Number(given)
  if (Number.isNaN(ms) || ms < 0) throw invalid(`Invalid value for timeoutMs: ${String(given)}`)
  const timer = new AbortController()
  const timeOut = sleep(Math.min(ms, MAX_WAIT_MS), false, {signal: timer.signal}).catch(() => false)
  const ended = await Promise.race([job.finished.then(() => true), timeOut])
  timer.abort()
  return ended
}
