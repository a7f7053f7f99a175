/** How a stage stands while it runs. Each field has one writer, which test/house knows. */
export class StageState {
  /** The watermark of what a source or DoFn has handed on, ms. Written by its `Output`. */
  watermark = Number.NEGATIVE_INFINITY
  /** True while values wait for room in an output. Written by its `Outputs`. */
  waiting = false
  /** True while elements wait for side inputs. Written by its `SideInputs`. */
  waitingForSide = false
  /** True once the stage has an input, or its first element. Written by `stageInProgress`. */
  inProgress = false
  /** True once somebody was warned that it gathers more than a source may have outstanding. Written by `noteGathering`. */
  gatheringNoted = false
}
