import type {Context, Handler} from '../catalog/context.ts'
import type {JobStore} from './job-store.ts'

/** The {@link Context} of handlers that start, look up or end jobs. */
export interface JobContext extends Context {
  readonly jobs: JobStore
}

/** A {@link Handler} of one of the methods on jobs. */
export type JobHandler = Handler<JobContext>
