import {Writable} from 'node:stream'
import {
  type Bundle,
  type Done,
  HeldBundles,
  holdGiven,
  Inbox,
  isBundle,
  STAGE,
  type StageInfo,
  throughWith,
} from '../../core/index.ts'

/** The Writable that one input is piped to. It stands for the flatten: links and counts see one stage. */
export class Port extends Writable {
  readonly [STAGE]: StageInfo
  readonly #inbox: Inbox<unknown>
  /** Of this input alone: the others may go on. */
  readonly #given = {stream: this, held: new HeldBundles()}
  readonly #ended: () => void
  readonly #closed: (error: Error | null) => void

  constructor(
    info: StageInfo,
    highWaterMark: number,
    take: (bundle: Bundle<unknown>, done: Done) => void,
    ended: () => void,
    closed: (error: Error | null) => void,
  ) {
    super({objectMode: true, highWaterMark})
    this[STAGE] = info
    this.#inbox = new Inbox(take)
    this.#ended = ended
    this.#closed = closed
  }
  override write(chunk: unknown, ...rest: never[]): boolean {
    if (isBundle(chunk)) holdGiven(this.#given, chunk)
    return super.write(chunk, ...rest)
  }
  override _write(chunk: unknown, _encoding: BufferEncoding, done: Done): void {
    this.#inbox.write(chunk, throughWith(this.#given, chunk, done))
  }
  override _final(done: Done): void {
    this.#inbox.whenEmpty(() => {
      this.#ended()
      done()
    })
  }
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#inbox.clear()
    this.#given.held.giveBack(error)
    this.#closed(error)
    // the flatten reports the error: nobody listens here
    callback()
  }
}
