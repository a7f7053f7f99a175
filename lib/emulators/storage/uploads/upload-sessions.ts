import {randomUUID} from 'node:crypto'
import {rmSync, truncateSync, writeFileSync} from 'node:fs'
import {ApiError} from '../../service/api-error.ts'
import type {RequestBody} from '../../service/request-body.ts'
import type {LocalClock, ServiceRequest} from '../../service/service.ts'
import {type ContentRange, contentRange} from '../objects/content-range.ts'
import {WEEK} from '../objects/session-lifetime.ts'
import {ContentHash, type ObjectRecord} from '../store/stored-object.ts'
import {FileWriter} from './receive-file.ts'

/** The service keeps what arrived of a broken request in steps of this many bytes. */
const STEP = 256 * 1024

/** A resumable upload in progress. */
export interface UploadSession {
  readonly id: string
  readonly bucket: string
  readonly name: string
  /** The query of the request that started it: its preconditions hold at the end, too. */
  readonly query: URLSearchParams
  readonly metadata: Record<string, unknown>
  readonly file: string
  /** When it was started, in milliseconds. */
  readonly started: number
  /** Bytes kept so far. */
  persisted: number
  /** Of the bytes kept; undefined when some that were hashed were not kept. */
  hash: ContentHash | undefined
  /** The object, once all bytes are there. */
  done?: Promise<ObjectRecord>
  /** The request that sends bytes right now, and its end. */
  active?: {content: RequestBody; end: Promise<unknown>}
}

/** The resumable uploads, by their upload id. They live in memory: a restart ends them, as a week does. */
export class UploadSessions {
  readonly #clock: LocalClock
  readonly #sessions = new Map<string, UploadSession>()

  constructor(clock: LocalClock) {
    this.#clock = clock
  }

  start(start: Omit<UploadSession, 'id' | 'persisted' | 'started' | 'hash'>): UploadSession {
    const session: UploadSession = {
      ...start,
      id: randomUUID(),
      started: this.#clock.now(),
      persisted: 0,
      hash: new ContentHash(),
    }
    writeFileSync(session.file, '')
    this.#sessions.set(session.id, session)
    return session
  }

  /** @throws 410 for a session that was cancelled, failed, is older than a week, or never existed. */
  get(request: ServiceRequest): UploadSession {
    const session = this.#sessions.get(request.query.get('upload_id') ?? '')
    if (session && this.#clock.now() - session.started < WEEK) return session
    throw new ApiError(410, 'gone', 'The upload session is gone; start a new one.')
  }

  end(session: UploadSession): void {
    this.#sessions.delete(session.id)
    rmSync(session.file, {force: true})
  }

  clear(): void {
    this.#sessions.clear()
  }
}

/**
 * Takes the bytes of one PUT in. Returns true when the upload is complete.
 * What a broken connection had brought is kept, rounded down as the service does.
 */
export async function receiveBytes(session: UploadSession, request: ServiceRequest): Promise<boolean> {
  const range = contentRange(request.headers['content-range'])
  // The client has given up on a request and sends the next one: the old request must not write any more.
  while (session.active) {
    session.active.content.destroy()
    await session.active.end
  }
  if (session.done) return true
  if (range.start === undefined) return range.total === session.persisted
  const end = append(session, range, request)
  const active = {content: request.content, end: end.catch(() => {})}
  session.active = active
  try {
    return await end
  } finally {
    if (session.active === active) delete session.active
  }
}

async function append(session: UploadSession, range: ContentRange, request: ServiceRequest): Promise<boolean> {
  const before = session.persisted
  const skip = before - range.start!
  if (skip < 0) {
    const problem = `the upload offset is ${range.start} byte(s), which exceeds already uploaded size of ${before} byte(s).`
    throw new ApiError(503, 'backendError', `Invalid request. According to the Content-Range header, ${problem}`)
  }
  let received = 0
  let failure: unknown
  const {hash} = session
  session.hash = undefined
  const file = new FileWriter(session.file, 'r+', before)
  try {
    for await (const chunk of request.content) {
      const fresh = chunk.subarray(Math.min(chunk.length, Math.max(0, skip - received)))
      received += chunk.length
      file.write(fresh)
      hash?.update(fresh)
    }
  } catch (error) {
    failure = error
  } finally {
    file.close()
  }
  const arrived = file.position
  const short = request.faults.find(action => action.kind === 'shortPersist')
  const isLast = failure === undefined && !short && isWhole(range, received, arrived)
  session.persisted = isLast ? arrived : before + kept(arrived, before, short?.bytes)
  if (!failure && session.persisted === arrived) session.hash = hash
  truncateSync(session.file, session.persisted)
  if (failure) throw failure
  return isLast
}

/** How many new bytes are kept of a request that does not finish the upload. */
function kept(arrived: number, before: number, short: number | undefined): number {
  if (short !== undefined) return Math.min(short, arrived - before)
  return Math.max(0, arrived - (arrived % STEP) - before)
}

function isWhole({start, end, total}: ContentRange, received: number, arrived: number): boolean {
  if (end !== undefined && received !== end - start! + 1)
    throw new ApiError(400, 'invalid', `Content-Range announces ${end - start! + 1} bytes, the body has ${received}.`)
  if (total !== undefined && arrived > total)
    throw new ApiError(400, 'invalid', `The upload has ${arrived} bytes, Content-Range announced ${total}.`)
  return total === undefined ? end === undefined : arrived === total
}
