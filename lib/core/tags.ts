import {SluiceError} from '../errors/index.ts'
import type {Bundle} from './bundle.ts'
import {channels} from './channels.ts'
import type {Timer} from './clock.ts'
import {DEFAULTS} from './defaults.ts'
import type {Output} from './output.ts'
import type {StageInfo} from './stage-info.ts'
import {TagOutput} from './tag-output.ts'

/** Main output and tagged outputs of one stage: who may push where, and whether all have room. */
export class Outputs {
  readonly info: StageInfo
  readonly main: Output
  readonly #tags = new Map<string, TagOutput<unknown>>()
  /** Tags that must not be dropped: dead letters and rejects. */
  readonly required = new Set<string>()
  #waiting: (() => void) | undefined
  #alarm: Timer | undefined
  #started = false

  constructor(info: StageInfo, main: Output) {
    this.info = info
    this.main = main
  }

  /** Makes or gives the readable of a tag. */
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
  has(tag: string): boolean {
    return this.#tags.has(tag)
  }

  get claimedTags(): readonly string[] {
    return [...this.#tags.keys()]
  }

  start(): void {
    this.#started = true
  }

  /** Room everywhere: the main output and every claimed tag. */
  hasRoom(): boolean {
    if (!this.main.wanted) return false
    for (const tag of this.#tags.values()) if (!tag.wanted) return false
    return true
  }

  /** Pushes values to a claimed tag; callers ask `has` first. */
  pushTag(tag: string, bundle: Bundle<unknown>): void {
    const {metrics} = this.info
    metrics.tagged[tag] = (metrics.tagged[tag] ?? 0) + bundle.values.length
    if (this.required.has(tag)) metrics.failed += bundle.values.length
    this.#tags.get(tag)!.accept(bundle)
  }

  /** Moves the watermark of every claimed tag. */
  advanceTags(watermark: number): void {
    for (const tag of this.#tags.values()) tag.output.advance(watermark)
  }

  /** A value for a tag that nobody claimed: counted, or an error for dead letters and rejects. */
  unclaimed(tag: string, element: unknown, cause?: unknown): void {
    const {info} = this
    if (!this.required.has(tag)) {
      info.metrics.dropped[tag] = (info.metrics.dropped[tag] ?? 0) + 1
      return
    }
    const why = cause instanceof Error ? ` (${cause.message})` : ''
    throw new SluiceError(
      'ERR_SLUICE_UNCLAIMED_DEAD_LETTER',
      `${info.name} set an element aside on output '${tag}'${why}, and nobody reads that output; ` +
        `connect stage.tagged('${tag}') to a sink, or to discard() if these may be lost`,
      {stage: info.name, element, cause},
    )
  }

  /** Calls back as soon as all outputs have room. */
  whenRoom(callback: () => void): void {
    this.#waiting = callback
    this.#alarm ??= this.info.clock.setTimeout(() => this.#reportStandstill(), DEFAULTS.standstill)
    if (this.hasRoom()) this.onWanted()
  }

  /** `_read` of an output was called. */
  onWanted(): void {
    if (!this.#waiting || !this.hasRoom()) return
    const callback = this.#waiting
    this.#waiting = undefined
    this.#alarm?.cancel()
    this.#alarm = undefined
    callback()
  }

  #reportStandstill(): void {
    this.#alarm = undefined
    const {info} = this
    const unread = this.main.wanted ? [] : ['main']
    for (const [tag, output] of this.#tags) if (!output.wanted) unread.push(tag)
    for (const output of unread) {
      const message = {stage: info.name, output, waitedMs: DEFAULTS.standstill}
      channels.standstill.publish(message)
      info.logger.warn(
        `${info.name} has waited ${DEFAULTS.standstill / 1000} s for its output '${output}' to be read: ` +
          'connect it to a sink, or to discard()',
        message,
      )
    }
  }

  /** Ends the tags, and waits until they were read and their sinks have finished. */
  async finishTags(): Promise<void> {
    await Promise.all([...this.#tags.values()].map(tag => tag.finish()))
  }

  /** Destroys the tags with the owner. */
  destroyTags(error: Error | null): void {
    this.#waiting = undefined
    this.#alarm?.cancel()
    for (const tag of this.#tags.values()) if (!tag.destroyed) tag.destroy(error ?? undefined)
  }
}
