import type {Readable, Writable} from 'node:stream'
import {stageOf} from '../stage/brands.ts'
import {watchUpstream} from '../streams/watch-upstream.ts'
import type {SideSink} from './side-sink.ts'

/** One read of a side input, from its stream into its sink. */
export class SideReading {
  readonly stream: Readable
  readonly sink: SideSink<never, unknown>
  readonly #failed: (error: Error) => void
  readonly #destroyInput: (error: Error | null) => void
  #over = false

  /** Starts reading; throws if the stream cannot be connected. `failed` is called at most once. */
  constructor(stream: Readable, sink: SideSink<never, unknown>, failed: (error: Error) => void) {
    this.stream = stream
    this.sink = sink
    this.#failed = failed
    sink.on('error', error => this.#fail(error))
    sink.once('finish', () => {
      this.#over = true
    })
    this.#destroyInput = watchUpstream(stream, error => this.#fail(error))
    try {
      if (stream.readableEnded) sink.end()
      else stream.pipe(sink)
    } catch (error) {
      this.stop(null)
      throw error
    }
  }

  #fail(error: Error): void {
    if (this.#over) return
    this.stop(error)
    this.#failed(error)
  }

  /** Nobody uses the view any more: stops every stream that feeds nothing else. */
  stop(error: Error | null): void {
    if (this.#over) return
    this.#over = true
    const {stream, sink} = this
    if (!sink.destroyed) sink.destroy()
    stream.unpipe(sink)
    if (!feedsOthers(stream, sink)) this.#destroyInput(error)
  }
}

function feedsOthers(stream: Readable, sink: Writable): boolean {
  const info = stageOf(stream)
  if (!info) return stream.listenerCount('data') > 0
  if (info.foreign.size > 0) return true
  for (const next of info.downstream)
    if (next.owner !== info && next.stream !== sink && !next.stream.destroyed) return true
  return false
}
