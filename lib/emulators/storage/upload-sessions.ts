import {randomUUID} from 'node:crypto'
import {open, rm, truncate, writeFile} from 'node:fs/promises'
import type {IncomingMessage} from 'node:http'
import {ApiError, type LocalClock, type ServiceRequest} from '../service.ts'
import {type ContentRange, contentRange} from './content-range.ts'
import type {ObjectRecord} from './stored-object.ts'

/** The service keeps what arrived of a broken request in steps of this many bytes. */
const STEP = 256 * 1024

/** How long an upload, or a copy in several calls, may take. */
export const WEEK = 7 * 24 * 3_600_000

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
  /** The object, once the upload is finished. */
  done?: ObjectRecord
  /** The request that sends bytes right now, and its end. */
  active?: {request: IncomingMessage; end: Promise<unknown>}
}

/** The resumable uploads, by their upload id. They live in memory: a restart ends them, as a week does. */
export class UploadSessions {
  readonly #clock: LocalClock
  readonly #sessions = new Map<string, UploadSession>()

  constructor(clock: LocalClock) {
    this.#clock = clock
  }

  async start(start: Omit<UploadSession, 'id' | 'persisted' | 'started'>): Promise<UploadSession> {
    const session: UploadSession = {...start, id: randomUUID(), started: this.#clock.now(), persisted: 0}
    await writeFile(session.file, '')
    this.#sessions.set(session.id, session)
    return session
  }

  /** @throws 410 for one that was cancelled, has failed, is older than a week, or never was. */
  get(request: ServiceRequest): UploadSession {
    const session = this.#sessions.get(request.query.get('upload_id') ?? '')
    if (session && this.#clock.now() - session.started < WEEK) return session
    throw new ApiError(410, 'gone', 'The upload session is gone; start a new one.')
  }

  async end(session: UploadSession): Promise<void> {
    this.#sessions.delete(session.id)
    await rm(session.file, {force: true})
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
  // A client that gave up on a request and sends the next: the old one must not write any more.
  session.active?.request.destroy()
  await session.active?.end
  if (session.done) return true
  if (range.start === undefined) return range.total === session.persisted
  const end = append(session, range, request)
  const active = {request: request.raw, end: end.catch(() => {})}
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
  let arrived = before
  let failure: unknown
  const file = await open(session.file, 'r+')
  try {
    for await (const chunk of request.raw as AsyncIterable<Buffer>) {
      const fresh = chunk.subarray(Math.min(chunk.length, Math.max(0, skip - received)))
      received += chunk.length
      await file.write(fresh, 0, fresh.length, arrived)
      arrived += fresh.length
    }
  } catch (error) {
    failure = error
  } finally {
    await file.close()
  }
  const short = request.faults.find(action => action.kind === 'shortPersist')
  const isLast = failure === undefined && !short && isWhole(range, received, arrived)
  if (!isLast) session.persisted = before + kept(arrived, before, short?.bytes)
  else session.persisted = arrived
  await truncate(session.file, session.persisted)
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
