import {Readable, type ReadableOptions} from 'node:stream'
import {STAGE, type types} from '../stage/brands.ts'
import {StageInfo, type StageParts} from '../stage/info/stage-info.ts'
import {guardBranches} from '../stage/links/walks.ts'
import {OUTPUT} from './internals.ts'
import {Output} from './output.ts'

/**
 * A Readable of the library: the base of {@link Source} and of tagged outputs. Stages of sluice receive whole bundles, everybody
 * else one value at a time.
 */
export class StageReadable<O> extends Readable {
  declare readonly [types]: {out: () => O}
  // and as Node types it: otherwise a stage would not be a NodeJS.ReadWriteStream, which pipeline() requires
  declare [Symbol.asyncIterator]: () => NodeJS.AsyncIterator<O> & ReturnType<Readable[typeof Symbol.asyncIterator]>
  readonly [STAGE]: StageInfo
  /** @internal */
  readonly [OUTPUT]: Output

  constructor(options: ReadableOptions, stage: StageParts) {
    super(options)
    this[STAGE] = new StageInfo(this, 'source', stage)
    this[OUTPUT] = new Output(this, this[STAGE])
  }

  /** Name, links and counts of this stage. */
  get info(): StageInfo {
    return this[STAGE]
  }

  override pipe<T extends NodeJS.WritableStream>(destination: T, options?: {end?: boolean | undefined}): T {
    this[OUTPUT].pipe(destination, options?.end)
    guardBranches(this[STAGE])
    return super.pipe(destination, options)
  }

  override unpipe(destination?: NodeJS.WritableStream): this {
    this[OUTPUT].unpipe(destination)
    return super.unpipe(destination)
  }

  override emit(event: string | symbol, ...args: never[]): boolean {
    if (event === 'data') return this[OUTPUT].deliver(args[0], chunk => super.emit('data', chunk))
    return super.emit(event, ...args)
  }

  override read(size?: number): ReturnType<Readable['read']> {
    return this[OUTPUT].read(() => super.read(size))
  }
}
