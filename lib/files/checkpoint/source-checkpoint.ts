import type {Logger} from '../../core/index.ts'
import type {FileInfo} from '../system/file-system.ts'
import type {WrittenFile, WrittenInput, WrittenSource} from './checkpoint-format.ts'
import {FileCommits} from './file-commits.ts'

/** What a source's part of a checkpoint needs. */
interface SourceCheckpointTools {
  readonly path: string
  readonly logger: Logger
  readonly open: () => Promise<void>
  readonly changed: () => void
}

/** What a checkpoint knows of one step that reads files. */
export class SourceCheckpoint {
  readonly #step: string
  readonly input: WrittenInput
  readonly #tools: SourceCheckpointTools
  readonly #files = new Map<string, FileCommits>()
  /** Files read in this run. */
  readonly #read = new Set<FileCommits>()
  #ended = false

  constructor(step: string, input: WrittenInput, tools: SourceCheckpointTools) {
    this.#step = step
    this.input = input
    this.#tools = tools
  }

  /** Resolves once it is known what an earlier run has left; nothing may be read before. */
  open(): Promise<void> {
    return this.#tools.open()
  }

  /** The commits of a file. */
  file({path, generation}: FileInfo, place: string): FileCommits {
    let commits = this.#files.get(place)
    if (commits && commits.generation !== generation) {
      this.#tools.logger.warn(
        `${this.#step}: ${path} has changed since checkpoint ${this.#tools.path} was written: it is read again from the start, and its ` +
          'records count as new ones',
        {stage: this.#step},
      )
      commits = undefined
    }
    commits ??= new FileCommits(generation, this.#tools.changed)
    this.#files.set(place, commits)
    this.#read.add(commits)
    return commits
  }

  /** Notes that the source has read all its files to their end. */
  ended(): void {
    this.#ended = true
  }

  /** True if the source has ended and everything it read is committed. */
  get isComplete(): boolean {
    return this.#ended && this.#isCommitted
  }

  /** True if the source has ended but part of what it read is not committed. */
  get isLeftOver(): boolean {
    return this.#ended && !this.#isCommitted
  }

  get #isCommitted(): boolean {
    const {start = 0, end = null} = this.input.range ?? {}
    return [...this.#read].every(commits => commits.isComplete(start, end ?? Number.POSITIVE_INFINITY))
  }

  /** Resumes from what an earlier run has left. */
  resume(files: Readonly<Record<string, WrittenFile>>): void {
    for (const [place, {generation, length, committed}] of Object.entries(files)) {
      const stretches = committed.map(([start, end, line]) => ({start, end, line: line ?? undefined}))
      const known = {stretches, length: length ?? undefined}
      this.#files.set(place, new FileCommits(generation ?? undefined, this.#tools.changed, known))
    }
  }

  written(): WrittenSource {
    const files: Record<string, WrittenFile> = {}
    for (const [place, {generation, length, ranges}] of this.#files)
      files[place] = {
        generation: generation ?? null,
        length: length ?? null,
        committed: ranges.stretches.map(({start, end, line}) => [start, end, line ?? null]),
      }
    return {input: this.input, files}
  }
}
