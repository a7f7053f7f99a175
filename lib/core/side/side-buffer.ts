import {badOption} from '../../errors/index.ts'
import {parseSize, SIZE_FORMS, type Size} from '../../util/index.ts'
import {Bundle} from '../bundle/bundle.ts'
import {decode, encode} from '../bundle/codec.ts'
import {type Lease, nackAll} from '../bundle/lease.ts'
import {DEFAULTS} from '../stage/defaults.ts'
import type {Done} from '../stage/hold-given.ts'
import {stageDescriptor} from '../stage/info/descriptor.ts'
import type {StageInfo} from '../stage/info/stage-info.ts'
import {useClock} from '../stage/info/stage-settings.ts'
import type {Sides} from '../stage/side-port.ts'
import {BundleStage} from '../streams/bundle-stage.ts'
import {sideError} from './side-fold.ts'
import {sizeOfValues} from './size-of-values.ts'
import {type SpilledRecord, SpillFile} from './spill-file.ts'

/** A waiting bundle: in memory, or on disk except for its leases. */
interface Held {
  readonly bundle: Bundle<unknown> | undefined
  readonly bytes: number
  readonly record: SpilledRecord | undefined
  readonly leases: Lease[] | undefined
  watermark: number
  next: Held | undefined
}

/** Checks the option `sideBufferBytes` and returns it in bytes. */
export function sideBufferBytes(where: string, given: Size | undefined): number {
  if (given === undefined) return DEFAULTS.sideBufferBytes
  const bytes = parseSize(given)
  if (bytes === undefined) throw badOption(where, 'sideBufferBytes', given, SIZE_FORMS)
  return bytes
}

/**
 * Sits before a stage whose side inputs come from the same source as its input. While the stage waits, it accepts everything, so
 * that the source can reach its end; whatever exceeds `budget` bytes waits on disk. Once the side inputs are ready, it applies
 * backpressure as any stage does.
 */
export class SideBuffer extends BundleStage<unknown, unknown> {
  readonly #before: StageInfo
  readonly #sides: Pick<Sides<StageInfo>, 'ready'>
  readonly #budget: number
  readonly #file: SpillFile
  #first: Held | undefined
  #last: Held | undefined
  /** Bytes waiting in memory. */
  #memory = 0
  /** A record is being read from disk, or the buffer is waiting for room. */
  #busy = false
  /** Called when nothing is waiting any more. */
  #empty: (() => void)[] = []

  constructor(before: StageInfo, sides: Pick<Sides<StageInfo>, 'ready'>, budget: number) {
    super({name: `${before.name} (buffer)`, logger: before.logger}, stageDescriptor({buffers: true}))
    useClock(this.info, before.clock)
    // every view downstream listens for its errors
    this.setMaxListeners(0)
    this.#before = before
    this.#sides = sides
    this.#budget = budget
    this.#file = new SpillFile(before.name)
  }

  protected override takeBundle(bundle: Bundle<unknown>, watermark: number, done: Done): void {
    const {values, leases} = bundle
    if (values.length === 0) {
      this.#advance(watermark)
      return done()
    }
    const taken = bundle.with({watermark})
    if (!this.#first && this.hasRoom()) {
      this.hand(taken)
      return this.#accepted(done)
    }
    const bytes = sizeOfValues(values)
    if (this.#memory + bytes > this.#budget) return void this.#spill(taken, done)
    this.#memory += bytes
    this.#append({bundle: taken, bytes, record: undefined, leases, watermark, next: undefined})
    this.#accepted(done)
  }

  /** Only the latest watermark waits, however many arrive meanwhile. */
  #advance(watermark: number): void {
    if (this.#last) this.#last.watermark = Math.max(this.#last.watermark, watermark)
    else if (this.hasRoom()) this.advance(watermark)
    else {
      const bundle = new Bundle<unknown>([])
      this.#append({bundle, bytes: 0, record: undefined, leases: undefined, watermark, next: undefined})
      this.#pump()
    }
  }

  /** Asks for more: at once while the stage waits, otherwise when nothing is left here. */
  #accepted(done: Done): void {
    if (this.#sides.ready && (this.#first || !this.hasRoom())) this.#empty.push(done)
    else done()
    this.#pump()
  }

  #append(held: Held): void {
    if (this.#last) this.#last.next = held
    else this.#first = held
    this.#last = held
  }

  async #spill(bundle: Bundle<unknown>, done: Done): Promise<void> {
    const {values, watermark} = bundle
    const leases: Lease[] = []
    try {
      const keep = (lease: Lease) => leases.push(lease) - 1
      const bytes = encode(bundle, {keep, refuse: (what, value) => this.#refused(what, value)})
      const record = await this.#file.append(bytes)
      const {extra} = this.#before.metrics
      extra['spilled'] = (extra['spilled'] ?? 0) + values.length
      extra['spilledBytes'] = (extra['spilledBytes'] ?? 0) + record.length
      this.#append({bundle: undefined, bytes: 0, record, leases, watermark, next: undefined})
    } catch (error) {
      return void this.destroy(error as Error)
    }
    if (!this.destroyed) this.#accepted(done)
  }

  #refused(what: string, value: unknown): Error {
    const {name} = this.#before
    return sideError(
      {stage: name, text: name},
      `its input waits for side inputs that come from the same source, and beyond ${this.#budget} bytes it waits on disk, ` +
        `which keeps plain data only: ${what}. Make plain rows before this step (map(row => ({…}))), or give the Pipeline ` +
        'a larger sideBufferBytes',
      value,
    )
  }

  #pump(): void {
    while (this.#first && !this.#busy && !this.destroyed) {
      if (!this.hasRoom()) return this.#whenRoom()
      const {bundle, record, bytes} = this.#first
      if (record) return void this.#readBack(this.#first, record)
      this.#memory -= bytes
      this.#handOn(this.#first, bundle!)
    }
    if (this.#first || this.#busy || this.destroyed || this.#empty.length === 0) return
    if (!this.hasRoom()) return this.#whenRoom()
    for (const callback of this.#empty.splice(0)) callback()
  }

  #whenRoom(): void {
    this.#busy = true
    this.whenRoom(() => {
      this.#busy = false
      this.#pump()
    })
  }

  async #readBack(held: Held, record: SpilledRecord): Promise<void> {
    this.#busy = true
    try {
      const bytes = await this.#file.take(record)
      if (this.destroyed) return
      this.#busy = false
      this.#handOn(
        held,
        decode(bytes, number => held.leases![number]!),
      )
    } catch (error) {
      return void this.destroy(error as Error)
    }
    this.#pump()
  }

  #handOn(held: Held, bundle: Bundle<unknown>): void {
    this.#first = held.next
    if (!this.#first) this.#last = undefined
    if (bundle.barrier === undefined) {
      bundle.watermark = held.watermark
      return this.hand(bundle)
    }
    this.passBarrier(bundle)
    this.advance(held.watermark)
  }

  protected override takeBarrier(bundle: Bundle<unknown>, done: Done): void {
    if (this.#first || !this.hasRoom()) {
      const watermark = this.#last?.watermark ?? Number.NEGATIVE_INFINITY
      this.#append({bundle, bytes: 0, record: undefined, leases: undefined, watermark, next: undefined})
    } else this.passBarrier(bundle)
    this.#accepted(done)
  }

  protected override finishInput(): Promise<void> {
    return new Promise(resolve => {
      this.#empty.push(resolve)
      this.#pump()
    })
  }

  protected override abort(error: Error | null): void {
    for (let held = this.#first; held; held = held.next) nackAll(held.leases, error)
    this.#first = undefined
    this.#last = undefined
    void this.#file.close()
  }
}
