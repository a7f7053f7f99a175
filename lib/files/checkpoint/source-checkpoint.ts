import type {Logger} from '../../core/index.ts'
import type {FileInfo} from '../system/file-system.ts'
import type {WrittenFile, WrittenInput, WrittenSource} from './checkpoint-format.ts'
import {FileCommits} from './file-commits.ts'

/** What a source's part of a checkpoint works with. */
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
  /** Files of this run. */
  readonly #read = new Set<FileCommits>()
  #ended = false

  constructor(step: string, input: WrittenInput, tools: SourceCheckpointTools) {
    this.#step = step
    this.input = input
    this.#tools = tools
  }

  /** Resolves when what an earlier run has left is known; nothing may be read before. */
  open(): Promise<void> {
    return this.#tools.open()
  }

  /** What is committed of a file. */
  file({path, generation}: FileInfo, place: string): FileCommits {
    let commits = this.#files.get(place)
    if (commits && commits.generation !== generation) {
      this.#tools.logger.warn(
        `${this.#step}: ${path} has changed since checkpoint ${this.#tools.path} was written: all of it is read again, and its ` +
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

  /** The source has read all its files to their end. */
  ended(): void {
    this.#ended = true
  }

  /** True when the source has come to its end, and everything it read is committed. */
  get isComplete(): boolean {
    return this.#ended && this.#isCommitted
  }

  /** True when the source has come to its end, and something of it was not committed all the same. */
  get isLeftOver(): boolean {
    return this.#ended && !this.#isCommitted
  }

  get #isCommitted(): boolean {
    const {start = 0, end = null} = this.input.range ?? {}
    return [...this.#read].every(commits => commits.isComplete(start, end ?? Number.POSITIVE_INFINITY))
  }

  /** Takes over what an earlier run has left. */
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
