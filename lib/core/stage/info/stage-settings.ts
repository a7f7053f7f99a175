import {type Clock, systemClock} from '../clock.ts'
import {DEFAULTS} from '../defaults.ts'
import {type Logger, stderrLogger} from '../logger.ts'

/** What a stage is run with. Written by {@link useClock} and {@link settle} only. */
export class StageSettings {
  readonly clock: Clock = systemClock
  /** The logger that the stage was given, for user code. */
  readonly logger: Logger
  /** Asynchronous calls in flight of a DoFn that was given no `concurrency`. */
  readonly concurrency: number = DEFAULTS.concurrency
  /** True when the whole run may mix emulators and Google Cloud. */
  readonly allowMixedTargets: boolean = false

  constructor(logger: Logger | undefined) {
    this.logger = logger ?? stderrLogger
  }
}

interface Settled {
  readonly settings: StageSettings
}

/** Sets the clock of a stage, before it starts: for a fake clock, and for a stage that works for another one. */
export function useClock({settings}: Settled, clock: Clock): void {
  Object.assign(settings, {clock})
}

/** What a Pipeline gives to its stages. */
interface RunSettings {
  /** For stages that have no logger of their own. */
  readonly logger?: Logger | undefined
  readonly concurrency?: number | undefined
  readonly allowMixedTargets?: boolean | undefined
}

/** Gives a stage what its Pipeline sets for all stages, before the run. */
export function settle({settings}: Settled, {logger, concurrency, allowMixedTargets}: RunSettings): void {
  if (logger && settings.logger === stderrLogger) Object.assign(settings, {logger})
  if (concurrency !== undefined) Object.assign(settings, {concurrency})
  if (allowMixedTargets) Object.assign(settings, {allowMixedTargets})
}
