import {type Bundle, isBundle} from '../bundle/bundle.ts'
import {nackAll} from '../bundle/lease.ts'
import type {StageInfo} from './info/stage-info.ts'

/** Called when a bundle was taken: more may come. */
export type Done = (error?: Error | null) => void

/** Who answers for leases: a stage, or one input of it. */
type Holder = Pick<StageInfo, 'stream' | 'held'>

/** Notes a bundle that is being written to a stage; one that is destroyed gives its share back at once. */
export function holdGiven({stream, held}: Holder, bundle: Bundle<unknown>): void {
  if (!bundle.leases) return
  if (stream.destroyed) nackAll(bundle.leases, stream.errored)
  else held.add(bundle)
}

/** The callback of a write, after which the stage itself knows where the leases of the bundle are. */
export function throughWith({held}: Holder, chunk: unknown, done: (error?: Error | null) => void): typeof done {
  if (!isBundle(chunk) || !chunk.leases) return done
  return error => {
    if (!error) held.delete(chunk)
    done(error)
  }
}
