import {type Bundle, isBundle} from '../bundle/bundle.ts'
import {nackAll} from '../bundle/lease.ts'
import type {StageInfo} from './info/stage-info.ts'

/** Called when a bundle has been taken and the next may come. */
export type Done = (error?: Error | null) => void

/** Whoever is responsible for leases: a stage, or one of its inputs. */
type Holder = Pick<StageInfo, 'stream' | 'held'>

/** Records a bundle that is being written to a stage; a destroyed stage nacks its share at once. */
export function holdGiven({stream, held}: Holder, bundle: Bundle<unknown>): void {
  if (!bundle.leases) return
  if (stream.destroyed) nackAll(bundle.leases, stream.errored)
  else held.add(bundle)
}

/** The callback of a write; from then on the stage itself tracks the leases of the bundle. */
export function throughWith({held}: Holder, chunk: unknown, done: (error?: Error | null) => void): typeof done {
  if (!isBundle(chunk) || !chunk.leases) return done
  return error => {
    if (!error) held.delete(chunk)
    done(error)
  }
}
