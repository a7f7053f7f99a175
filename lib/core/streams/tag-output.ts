import type {Duplex, Readable, Writable} from 'node:stream'
import {setImmediate} from 'node:timers/promises'
import {SluiceError} from '../../errors/index.ts'
import type {Bundle} from '../bundle/bundle.ts'
import {STAGE, stageOf} from '../stage/brands.ts'
import {DEFAULTS} from '../stage/defaults.ts'
import type {StageInfo} from '../stage/info/stage-info.ts'
import {link} from '../stage/links/links.ts'
import {downstreamOf, downstreamOfMain} from '../stage/links/walks.ts'
import {chunksFor} from '../stage/stage-options.ts'
import {OUTPUT} from './internals.ts'
import {onError, whenFinished} from './on-error.ts'
import {StageReadable} from './stage-readable.ts'

/** A sink downstream of a tagged output, the stream piped into it, and whether that stream ends it. */
interface Branch {
  readonly sink: Writable
  readonly feeder?: Readable
  readonly ends: boolean
}

/** A tagged output of a stage: a Readable that its owner pushes into. */
export class TagOutput<O> extends StageReadable<O> {
  readonly #owner: StageInfo
  readonly #tag: string
  readonly #guarded = new WeakSet<object>()
  #onWanted: () => void
  #ended = false
  /** The sinks that the end waits for. */
  readonly #sinks: Branch[] = []

  constructor(owner: StageInfo, tag: string, onWanted: () => void) {
    super(
      {objectMode: true, highWaterMark: chunksFor(DEFAULTS.highWaterMark, DEFAULTS.bundleValues)},
      {options: {name: `${owner.name}.${tag}`}, className: 'TagOutput', owner},
    )
    this.#owner = owner
    this.#tag = tag
    this.#onWanted = onWanted
    link(owner, this[STAGE])
    this.once('end', () => {
      this.#ended = true
      this.#noteSinks()
    })
    // the owner fails with the same error; without a listener here it would be an uncaught exception as well
    this.on('error', () => {})
  }

  /** Takes a bundle from the owner. */
  accept(bundle: Bundle<O>): boolean {
    this[STAGE].metrics.out += bundle.values.length
    return this[OUTPUT].push(bundle)
  }

  /** Whether it has a reader. */
  get claimed(): boolean {
    return this[OUTPUT].claimed
  }

  get wanted(): boolean {
    return this[OUTPUT].wanted
  }

  override _read(): void {
    this[OUTPUT].requested()
    this.#onWanted()
  }

  /** Whether it has been read to its end. */
  get ended(): boolean {
    return this.#ended
  }

  /** Lets a failing stage downstream fail the owner, which with plain `pipe()` would wait forever. */
  guardBranch(): void {
    const streams = [...this[OUTPUT].dests.keys(), ...[...downstreamOf(this[STAGE])].map(s => s.stream)]
    for (const stream of streams) {
      if (stream === this || this.#guarded.has(stream)) continue
      this.#guarded.add(stream)
      onError(stream, error => {
        this.#owner.stream.destroy(error)
        this.destroy(error)
      })
    }
  }

  /** Without its last reader it would stand still, and so would its owner: it is destroyed. */
  override unpipe(destination?: NodeJS.WritableStream): this {
    super.unpipe(destination)
    const {destroyed, errored} = (destination ?? {}) as Partial<Writable>
    // a reader that has failed fails the branch; a stage that knows the cause may report this one as well
    if (destroyed && !errored)
      globalThis.setImmediate(() => {
        if (!this.#ended && !this.destroyed && this[OUTPUT].dests.size === 0) this.destroy()
      })
    return this
  }

  /** Ends the output; resolves once it has been read and the sinks downstream have finished. */
  async finish(): Promise<void> {
    if (this.destroyed) return
    this.push(null)
    if (!this.#ended) await new Promise<void>(resolve => this.once('end', resolve).once('close', resolve))
    await Promise.all(this.#sinks.map(written))
  }

  /** Called at 'end', before the pipes are removed. */
  #noteSinks(): void {
    // a sink that the main output feeds too cannot finish before the owner's own end
    const skip = downstreamOfMain(this.#owner)
    const stages = downstreamOf(this[STAGE])
    for (const {stream} of stages)
      for (const [dest, ends] of (stream as Partial<StageReadable<unknown>>)[OUTPUT]?.dests ?? []) {
        const stage = stageOf(dest)
        if (stage?.kind !== 'sink' || skip.has(stage)) continue
        skip.add(stage)
        this.#sinks.push({sink: dest as Writable, feeder: stream as Readable, ends})
      }
    // behind a foreign stream
    for (const stage of stages)
      if (stage.kind === 'sink' && !skip.has(stage)) this.#sinks.push({sink: stage.stream as Writable, ends: true})
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const {stream} = this.#owner
    if (!this.#ended && !stream.destroyed)
      stream.destroy(
        error ??
          new SluiceError(
            'ERR_SLUICE_TAG',
            `the reader of output '${this.#tag}' of ${this.#owner.name} stopped before its end; read it to the end, ` +
              'or do not claim it',
            {stage: this.#owner.name},
          ),
      )
    if (!this.#ended) abandon(this, error)
    this[STAGE].held.giveBack(error)
    callback(error)
  }
}

/** Resolves when the sink has finished. If it closes before that it has failed, and so has the owner of the output. */
async function written({sink, feeder, ends}: Branch): Promise<void> {
  if (feeder && !ends) {
    await whenFinished(feeder, {writable: false})
    // pipe() with {end: false}: either stream.pipeline ends the sink now, or it stays open for other inputs
    await setImmediate()
    if (!sink.writableEnded && !sink.destroyed) return (sink as unknown as {flush(): Promise<void>}).flush()
  }
  await whenFinished(sink)
}

/** Destroys what a plain `pipe()` would leave open forever: the stages downstream of an output that will never end. */
function abandon(stream: Readable | Writable, error: Error | null): void {
  if (!stageOf(stream)) return
  for (const [dest, ends] of (stream as Partial<StageReadable<unknown>>)[OUTPUT]?.dests ?? []) {
    const next = dest as Duplex
    if (!ends || next.destroyed) continue
    // errors of our stages reach the owner; a foreign stream may have no listener
    if (stageOf(next)) next.destroy(error ?? undefined)
    else next.destroy()
    abandon(next, error)
  }
}
