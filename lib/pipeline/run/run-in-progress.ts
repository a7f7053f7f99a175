import type {InProgress, StageInfo} from '../../core/index.ts'
import type {SluiceError} from '../../errors/index.ts'

interface NamedStage {
  readonly name: string
  readonly info: StageInfo
}

/** A run as something that the process must not exit before. */
export class RunInProgress implements InProgress {
  readonly kind = 'run'
  readonly progress = 0
  readonly name: string
  readonly #stages: () => readonly NamedStage[]
  /** Called when nothing more will happen. */
  readonly fail: (error: SluiceError) => void

  constructor(pipeline: string, stages: () => readonly NamedStage[], fail: (error: SluiceError) => void) {
    this.name = `the run of pipeline '${pipeline}'`
    this.#stages = stages
    this.fail = fail
  }

  /** A stage with a call open would say so: what is left is a foreign stream, or an output that nobody reads. */
  get waitsFor(): string {
    const open = this.#stages().filter(({info}) => !info.stream.closed)
    return `not all of its steps have ended (${open.map(({name}) => name).join(', ')})`
  }

  get unfinishedText(): string {
    return `${this.name} is over: ${this.waitsFor}`
  }
}
