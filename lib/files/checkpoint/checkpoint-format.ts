import {messageOf, SluiceError, show} from '../../errors/index.ts'

const FORMAT = 'sluice-checkpoint/1'

/** A stretch as it is written: start, end, and the number of lines that end before the end, if known. */
type WrittenStretch = [start: number, end: number, line: number | null]

/** One file of a source. */
export interface WrittenFile {
  generation: string | null
  /** Bytes of the (decompressed) content; null until its end has been read. */
  length: number | null
  committed: WrittenStretch[]
}

/** What a source reads. */
export interface WrittenInput {
  /** The function that created the source. */
  read: string
  patterns: readonly string[]
  /** `null`: whole files. An end of `null`: to the end of the file. */
  range: {start: number; end: number | null} | null
}

/** One step that reads files. */
export interface WrittenSource {
  input: WrittenInput
  files: Record<string, WrittenFile>
}

/** The content of a checkpoint. */
export interface WrittenCheckpoint {
  format: typeof FORMAT
  job: string
  /** True once a run has read and committed everything. */
  complete: boolean
  /** The run that wrote it, and how many times it has written it. */
  run: string
  saves: number
  sources: Record<string, WrittenSource>
}

/** The text of a checkpoint. */
export function writeCheckpoint(content: Omit<WrittenCheckpoint, 'format'>): string {
  const {sources, ...head} = content
  return `${JSON.stringify({format: FORMAT, ...head, sources})}\n`
}

/** Reads the text of a checkpoint; ERR_SLUICE_CHECKPOINT for anything else. */
export function parseCheckpoint(path: string, text: string): WrittenCheckpoint {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (cause) {
    throw corrupt(path, `it is not JSON (${messageOf(cause)})`, cause)
  }
  const given = content as Partial<WrittenCheckpoint> | null
  if (given?.format !== FORMAT) throw corrupt(path, `it does not begin with format ${FORMAT}`)
  if (typeof given.job !== 'string' || typeof given.complete !== 'boolean' || !isObject(given.sources))
    throw corrupt(path, '`job`, `complete` or `sources` is missing')
  for (const [step, source] of Object.entries(given.sources)) {
    if (!isObject(source) || !isInput(source.input) || !isObject(source.files))
      throw corrupt(path, `its source ${show(step)} is ${show(source)}`)
    for (const [file, committed] of Object.entries(source.files))
      if (!isFile(committed)) throw corrupt(path, `its file ${show(file)} is ${show(committed)}`)
  }
  return given as WrittenCheckpoint
}

function isObject(given: unknown): given is object {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
}

function isInput(given: Partial<WrittenInput> | undefined): boolean {
  return isObject(given) && typeof given.read === 'string' && Array.isArray(given.patterns)
}

function isFile(given: unknown): boolean {
  if (!isObject(given)) return false
  const {generation, length, committed} = given as Partial<WrittenFile>
  if (generation !== null && typeof generation !== 'string') return false
  return (length === null || isCount(length)) && Array.isArray(committed) && committed.every(isStretch)
}

function isStretch(given: unknown): boolean {
  if (!Array.isArray(given) || given.length !== 3) return false
  const [start, end, line] = given as unknown[]
  return isCount(start) && isCount(end) && start <= end && (line === null || isCount(line))
}

function isCount(given: unknown): given is number {
  return Number.isSafeInteger(given) && (given as number) >= 0
}

function corrupt(path: string, what: string, cause?: unknown): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_CHECKPOINT',
    `${path} is not a readable checkpoint: ${what}. Give another path, or delete it to read everything again`,
    {cause},
  )
}
