import {publishStage} from './channels.ts'
import {inProgress} from './in-progress.ts'
import type {StageInfo} from './info/stage-info.ts'

/** Announces that a stage has got its first element. */
export function startStage(info: StageInfo): void {
  publishStage(info, 'start')
  stageInProgress(info)
}

/** A stage has an input, or its first element: from here to its close it is in progress. */
export function stageInProgress(info: StageInfo): void {
  if (info.state.inProgress || info.stream.closed) return
  info.state.inProgress = true
  info.stream.once('close', inProgress(info.progress))
}
