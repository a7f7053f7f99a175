import type {Readable} from 'node:stream'
import type {Collection} from './collection.ts'
import type {StageInfo} from './info/stage-info.ts'
import type {SideEnds} from './info/stage-links.ts'

/** A stage that looks at a view; `Stage` is a StageInfo. */
export interface SideViewer<Stage> {
  readonly info: Stage
  /** The key in the stage's `side`. */
  readonly key: string
  /** The view is there, or there anew. */
  changed(): void
  /** The view cannot be made. */
  failed(error: Error): void
}

/** A view as the stages that look at it see it. */
export interface View<Stage> {
  /** The stage in which its elements end. */
  readonly info: Stage
  /** What it is made of, for a collection: the Pipeline connects that. */
  readonly collection: Collection | undefined
  /** How often it was made; 0 until it is there. */
  readonly version: number
  readonly value: unknown
  /** Elements in the view; until it is there, those that have come. */
  readonly size: number
  /** Whether it is being read, or was. */
  readonly begun: boolean
  /** A stage may look at it, once it is connected. */
  join(viewer: SideViewer<Stage>): void
  /** A stage looks at it from here on. */
  start(viewer: SideViewer<Stage>): void
  /** A stage has ended or failed. */
  leave(viewer: SideViewer<Stage>, error: Error | null): void
  /** Called by the Pipeline with the stream of the collection. */
  connect(stream: Readable): void
  /** Why a stage that is about to wait would never go on. */
  problem(): Error | undefined
}

/** One side input of a stage. */
export interface Side<Stage> extends SideViewer<Stage> {
  readonly view: View<Stage>
}

/** The side inputs of one stage. */
export interface Sides<Stage> extends SideEnds<Stage> {
  readonly list: readonly Side<Stage>[]
}

/** The side inputs of a stage that has some: those that it was linked with are always whole ones. */
export function sidesOf({sides}: StageInfo): Sides<StageInfo> | undefined {
  return sides as Sides<StageInfo> | undefined
}
