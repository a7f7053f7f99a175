import {SluiceError} from '../../errors/index.ts'
import type {Bundle} from '../bundle/bundle.ts'
import {Outlet} from '../processing/ports/outlet.ts'
import type {Receiver} from '../processing/ports/receiver.ts'
import {stageOf} from '../stage/brands.ts'
import {channels} from '../stage/channels.ts'
import type {Timer} from '../stage/clock.ts'
import {DEFAULTS} from '../stage/defaults.ts'
import type {StageInfo} from '../stage/info/stage-info.ts'
import {downstreamOf, downstreamOfMain} from '../stage/links/walks.ts'
import {OUTPUT, OUTPUTS} from './internals.ts'
import type {Output} from './output.ts'
import {TagOutput} from './tag-output.ts'

/** The main output and the tagged outputs of a stage as streams, and whether all of them have room. */
export class Outputs implements Receiver {
  readonly info: StageInfo
  readonly main: Output
  readonly #tags = new Map<string, TagOutput<unknown>>()
  /** Counts what is pushed through it. */
  readonly outlet: Outlet
  #waiting: (() => void)[] = []
  #alarm: Timer | undefined
  #started = false
  /** The input has ended, and the stage waits for its tags to be read. */
  #ending = false

  constructor(info: StageInfo, main: Output) {
    this.info = info
    this.main = main
    this.outlet = new Outlet(info, this)
  }

  /** Returns the Readable of a tag, made on the first call. */
  claim<T>(tag: string): TagOutput<T> {
    const known = this.#tags.get(tag)
    if (known) return known as TagOutput<T>
    if (typeof tag !== 'string' || tag === '')
      throw new SluiceError('ERR_SLUICE_TAG', `${this.info.name}: tagged() takes the tag's name, a non-empty string`, {
        stage: this.info.name,
      })
    if (this.#started)
      throw new SluiceError(
        'ERR_SLUICE_TAG',
        `${this.info.name}: output '${tag}' is claimed after the first element; call tagged('${tag}') before the stream starts`,
        {stage: this.info.name},
      )
    const output = new TagOutput<T>(this.info, tag, () => this.onWanted())
    this.#tags.set(tag, output as TagOutput<unknown>)
    return output
  }

  /** Whether `tagged(tag)` was called. */
  claims(tag: string): boolean {
    return this.#tags.has(tag)
  }

  /** Unclaimed tags that must be read. */
  get unreadTags(): readonly string[] {
    return [...this.outlet.required].filter(tag => !this.#tags.has(tag))
  }

  start(): void {
    this.#started = true
  }

  /** Whether the main output and every claimed tag have room. */
  hasRoom(): boolean {
    if (!this.main.wanted) return false
    for (const tag of this.#tags.values()) if (!tag.wanted) return false
    return true
  }

  /** Pushes a bundle; stages call the {@link outlet} instead, which counts. */
  push(tag: string | undefined, bundle: Bundle<unknown>): void {
    if (tag === undefined) this.main.push(bundle)
    else this.#tags.get(tag)!.accept(bundle)
  }

  advance(watermark: number): void {
    this.main.advance(watermark)
    this.advanceTags(watermark)
  }

  /** Advances the watermark of every claimed tag. */
  advanceTags(watermark: number): void {
    for (const tag of this.#tags.values()) tag[OUTPUT].advance(watermark)
  }

  barrier(barrier: number): void {
    this.main.barrier(barrier)
    for (const tag of this.#tags.values()) tag[OUTPUT].barrier(barrier)
  }

  /** Calls back as soon as all outputs have room. */
  whenRoom(callback: () => void): void {
    if (this.info.stream.destroyed) return
    this.#waiting.push(callback)
    this.watch()
    this.onWanted()
  }

  /** Values are waiting for room: reports it after 30 s. */
  watch(): void {
    this.info.state.waiting = true
    this.#alarm ??= this.info.clock.setTimeout(() => this.#reportStandstill(), DEFAULTS.standstill)
  }

  /** Called by `_read` of an output. */
  onWanted(): void {
    if (!this.info.waiting || this.#ending || !this.hasRoom()) return
    this.#calm()
    for (const callback of this.#waiting.splice(0)) {
      if (this.hasRoom()) callback()
      else this.whenRoom(callback)
    }
  }

  #calm(): void {
    this.info.state.waiting = false
    this.#alarm?.cancel()
    this.#alarm = undefined
  }

  #reportStandstill(): void {
    this.#alarm = undefined
    const {info} = this
    if (!this.#ending && !this.main.wanted) this.#reportUnread('main', this.main, downstreamOfMain(info))
    for (const [tag, readable] of this.#tags)
      if (this.#ending ? !readable.ended : !readable.wanted)
        this.#reportUnread(tag, readable[OUTPUT], downstreamOf(readable.info))
  }

  #reportUnread(name: string, output: Output, readers: Iterable<StageInfo>): void {
    const {info} = this
    // a stage further downstream stands still itself and reports it
    for (const reader of readers) if (reader.waiting || reader.waitingForSide) return
    const message = {stage: info.name, output: name, waitedMs: DEFAULTS.standstill}
    channels.standstill.publish(message)
    const [dest] = output.dests.keys()
    const what = dest
      ? `${stageOf(dest)?.name ?? 'the stream that it is piped to'} takes nothing`
      : output.claimed
        ? 'its reader takes nothing'
        : 'connect it to a sink, or to discard()'
    info.log.warn(
      `${info.name} has waited ${DEFAULTS.standstill / 1000} s for its output '${name}' to be read: ${what}`,
      message,
    )
  }

  /** Ends the tags, and waits until they have been read and their sinks have finished. */
  async finishTags(): Promise<void> {
    if (this.#tags.size === 0) return
    this.#ending = true
    this.watch()
    try {
      await Promise.all([...this.#tags.values()].map(tag => tag.finish()))
    } finally {
      this.#calm()
    }
  }

  /** Destroys the tags with the owner. */
  destroyTags(error: Error | null): void {
    this.#waiting = []
    this.#calm()
    for (const tag of this.#tags.values()) if (!tag.destroyed) tag.destroy(error ?? undefined)
  }
}

/** The unclaimed dead-letter and rejects tags of a stage, of any copy of the package. */
export function unreadTags(stage: unknown): readonly string[] {
  return (stage as {[OUTPUTS]?: Outputs})[OUTPUTS]?.unreadTags ?? []
}
