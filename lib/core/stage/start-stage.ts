import {publishStage} from './channels.ts'
import {inProgress} from './in-progress.ts'
import type {StageInfo} from './info/stage-info.ts'

/** Announces that a stage has received its first element. */
export function startStage(info: StageInfo): void {
  publishStage(info, 'start')
  stageInProgress(info)
}

/** Marks a stage as in progress, from its first input or element until it closes. */
export function stageInProgress(info: StageInfo): void {
  if (info.state.inProgress || info.stream.closed) return
  info.state.inProgress = true
  info.stream.once('close', inProgress(info.progress))
}
