import {wrapError} from '../../errors/index.ts'
import type {Bundle} from '../bundle/bundle.ts'
import {countBundle} from '../processing/count-bundle.ts'
import {InputWatermarks} from '../processing/watermarks.ts'
import {stageOf} from '../stage/brands.ts'
import {publishStage} from '../stage/channels.ts'
import {type Done, throughWith} from '../stage/hold-given.ts'
import type {StageDescriptor} from '../stage/info/descriptor.ts'
import {startStage} from '../stage/start-stage.ts'
import {DoFn, type DoFnOptions, type ProcessResult} from './do-fn.ts'
import {Inbox} from './inbox.ts'

/** A stage that takes whole bundles: for what `process` cannot see, leases and ids over the borders of bundles. */
export abstract class BundleStage<I, O, Tags extends object = {}> extends DoFn<I, O, Tags> {
  readonly #inbox = new Inbox<I>((bundle, done) => this.#receive(bundle, done))
  readonly #watermarks = new InputWatermarks()
  #started = false

  constructor(options?: DoFnOptions<Tags>, descriptor?: StageDescriptor) {
    super(options, descriptor)
    this.on('pipe', source => this.#watermarks.add(stageOf(source)))
  }

  /**
   * Takes a bundle; empty ones only move the watermark.
   *
   * @param watermark the input watermark after it; -Infinity when that says nothing new
   * @param done called when the next bundle may come
   */
  protected abstract takeBundle(bundle: Bundle<I>, watermark: number, done: () => void): void
  /** The input has ended: resolves when everything is handed on. */
  protected abstract finishInput(): Promise<void>

  /** Hands a bundle on. */
  protected hand(bundle: Bundle<O>): void {
    this.info.metrics.out += bundle.values.length
    if (bundle.values.length > 0) this.output.push(bundle)
    else this.output.advance(bundle.watermark)
  }

  /** Calls back when there is room, at once if there is; not after the stage was destroyed. */
  protected whenRoom(callback: () => void): void {
    if (this.outputs.hasRoom()) callback()
    else this.outputs.whenRoom(callback)
  }

  protected fail(error: unknown, element?: unknown): void {
    const stage = this.info.name
    this.destroy(wrapError('ERR_SLUICE_PROCESS', m => `${stage}: ${m}`, error, {stage, element}))
  }

  #receive(bundle: Bundle<I>, done: Done): void {
    const size = bundle.values.length
    if (size > 0) {
      if (!this.#started) startStage(this.info)
      this.#started = true
      this.outputs.start()
      countBundle(this.info, size, 0)
    }
    const from = performance.now()
    try {
      this.takeBundle(bundle, this.#watermarks.after(bundle), done)
    } catch (error) {
      this.fail(error)
    }
    this.info.metrics.busyMs += performance.now() - from
  }

  /** Not called: `takeBundle` gets the bundles. */
  override process(): ProcessResult<O> {}

  override _write(chunk: I | Bundle<I>, _encoding: BufferEncoding, done: Done): void {
    this.#inbox.write(chunk, throughWith(this.info, chunk, done))
  }

  override _flush(done: Done): void {
    this.#inbox.whenEmpty(() => {
      this.finishInput()
        .then(() => this.outputs.finishTags())
        .then(
          () => {
            if (this.destroyed) return
            publishStage(this.info, 'end')
            done()
          },
          error => this.fail(error),
        )
    })
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#inbox.clear()
    super._destroy(error, callback)
  }
}
