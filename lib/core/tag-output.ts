import type {Writable} from 'node:stream'
import {SluiceError} from '../errors/index.ts'
import type {Bundle} from './bundle.ts'
import {DEFAULTS} from './defaults.ts'
import {downstreamOf, link} from './links.ts'
import {chunksFor} from './output.ts'
import type {StageInfo} from './stage-info.ts'
import {StageReadable} from './stage-readable.ts'

/** A tagged output of a stage: a Readable that its owner pushes into. */
export class TagOutput<O> extends StageReadable<O> {
  readonly #owner: StageInfo
  readonly #tag: string
  readonly #guarded = new WeakSet<object>()
  #onWanted: () => void
  #ended = false

  constructor(owner: StageInfo, tag: string, onWanted: () => void) {
    super(
      {objectMode: true, highWaterMark: chunksFor(DEFAULTS.highWaterMark, DEFAULTS.bundleValues)},
      {name: `${owner.name}.${tag}`, named: true},
    )
    this.#owner = owner
    this.#tag = tag
    this.#onWanted = onWanted
    this.info.owner = owner
    link(owner, this.info)
    this.once('end', () => {
      this.#ended = true
    })
  }

  /** A bundle from the owner. */
  accept(bundle: Bundle<O>): boolean {
    this.info.metrics.out += bundle.values.length
    return this.output.push(bundle)
  }

  /** Whether somebody is connected to read it. */
  get claimed(): boolean {
    return this.output.claimed
  }

  get wanted(): boolean {
    return this.output.wanted
  }

  override _read(): void {
    this.output.wanted = true
    this.#onWanted()
  }

  /** A stage downstream that fails fails the owner: plain `pipe()` would leave the owner waiting for ever. */
  guardBranch(): void {
    const streams = [...this.output.dests, ...[...downstreamOf(this.info)].map(s => s.stream)]
    for (const stream of streams) {
      if (stream === this || this.#guarded.has(stream)) continue
      this.#guarded.add(stream)
      ;(stream as NodeJS.EventEmitter).once('error', (error: Error) => this.destroy(error))
    }
  }

  /** Ends the output; the promise waits until it has been read, and until the sinks behind it have finished. */
  async finish(): Promise<void> {
    if (this.destroyed) return
    this.push(null)
    if (!this.#ended) await new Promise<void>(resolve => this.once('end', resolve).once('close', resolve))
    const alsoOnMain = this.#downstreamOfMain()
    for (const stage of downstreamOf(this.info)) {
      // a sink that the main output feeds too cannot finish before the owner's own end
      if (stage.kind !== 'sink' || alsoOnMain.has(stage)) continue
      const stream = stage.stream as Writable
      if (stream.writableFinished || stream.destroyed) continue
      await new Promise<void>(resolve => stream.once('finish', resolve).once('close', resolve))
    }
  }

  #downstreamOfMain(): Set<StageInfo> {
    const found = new Set<StageInfo>()
    for (const next of this.#owner.downstream)
      if (next.owner !== this.#owner) for (const stage of downstreamOf(next)) found.add(stage)
    return found
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
    callback(error)
  }
}
