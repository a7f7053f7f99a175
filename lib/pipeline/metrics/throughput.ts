import type {Clock, StageInfo, Timer} from '../../core/index.ts'

/** How often counts are sampled, ms, and how many samples the average spans. */
const EVERY = 1000
const LOOKS = 10

/** Elements a second, in and out. */
export interface Rate {
  readonly inPerSecond: number
  readonly outPerSecond: number
}

interface Look {
  readonly time: number
  readonly counts: ReadonlyMap<StageInfo, {in: number; out: number}>
}

const NONE = {in: 0, out: 0}

/** Elements a second of every stage of a run, over the last ten seconds: it looks at the counts once a second. */
export class Throughput {
  readonly #clock: Clock
  readonly #stages: Iterable<StageInfo>
  /** Samples, the oldest first. */
  readonly #looks: Look[]
  #timer: Timer | undefined
  #last: Look | undefined

  constructor(clock: Clock, stages: Iterable<StageInfo>) {
    this.#clock = clock
    this.#stages = stages
    this.#looks = [{time: clock.now(), counts: new Map()}]
    this.#wait()
  }

  #wait(): void {
    this.#timer = this.#clock.setTimeout(() => {
      if (this.#looks.push(this.#look()) > LOOKS) this.#looks.shift()
      this.#wait()
    }, EVERY)
  }

  #look(): Look {
    const counts = new Map<StageInfo, {in: number; out: number}>()
    for (const info of this.#stages) counts.set(info, {in: info.metrics.in, out: info.metrics.out})
    return {time: this.#clock.now(), counts}
  }

  /** The run has ended: rates, and the time that lags are measured by, stay as they are now. */
  stop(): void {
    this.#timer?.cancel()
    this.#last ??= this.#look()
  }

  /** The time by the run's clock; after the end, that of the end. */
  get now(): number {
    return this.#last?.time ?? this.#clock.now()
  }

  /** Of one stage; undefined before any time has passed. */
  of(info: StageInfo): Rate | undefined {
    const [from] = this.#looks
    const seconds = (this.now - from!.time) / 1000
    if (seconds <= 0) return undefined
    const before = from!.counts.get(info) ?? NONE
    const after = this.#last?.counts.get(info) ?? info.metrics
    return {inPerSecond: (after.in - before.in) / seconds, outPerSecond: (after.out - before.out) / seconds}
  }
}
