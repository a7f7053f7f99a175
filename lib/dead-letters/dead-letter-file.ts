import {statSync} from 'node:fs'
import {type FileHandle, open} from 'node:fs/promises'
import {dirname, resolve} from 'node:path'
import {type Bundle, type Logger, Sink, stageDescriptor} from '../core/index.ts'
import {badOption, booleanOption, checkOptionNames, messageOf, SluiceError} from '../errors/index.ts'
import {factsOf} from './dead-letter-facts.ts'
import {toRow} from './dead-letter-row.ts'
import {Served} from './serves.ts'

/** The option `deadLetter` for a local file. */
export interface DeadLetterFile {
  /** Path of the file, which gets a line of JSON for each dead letter, with the fields of the table. Its folder must exist. */
  file: string
  /** Appends to a file that exists; default false, for which that is an error. */
  append?: boolean | undefined
}

declare module '../batching/dead-letter-port.ts' {
  interface DeadLetterTargets {
    file: DeadLetterFile
  }
}

/** Writes dead letters to a file, created with the first of them. Committed means on the disk. */
export class DeadLetterFileSink extends Sink<unknown> {
  readonly #path: string
  readonly #append: boolean
  readonly #served: Served
  #handle: FileHandle | undefined

  constructor(where: string, given: DeadLetterFile, logger: Logger | undefined) {
    checkOptionNames(where, given, ['file', 'append'])
    const served = new Served()
    super({name: 'deadLetter', ...(logger && {logger})}, stageDescriptor({derivedName: () => served.name}))
    this.#served = served
    this.#append = booleanOption(where, 'append', given.append, false)
    this.#path = checkPath(where, given.file, this.#append)
  }

  override async setup(): Promise<void> {
    this.#served.find(this.info)
    try {
      this.#handle = await open(this.#path, this.#append ? 'a+' : 'wx')
      if (this.#append) await endLine(this.#handle)
    } catch (error) {
      throw this.#failure(error)
    }
  }

  override async writeBundle({values}: Bundle<unknown>): Promise<void> {
    const now = new Date(this.info.clock.now())
    const stage = this.#served.find(this.info)
    const lines = values.map(letter => `${lineOf(letter, now, stage)}\n`)
    await this.#handle?.appendFile(lines.join('')).catch(error => Promise.reject(this.#failure(error)))
  }

  override async commit(): Promise<void> {
    await this.#handle?.datasync().catch(error => Promise.reject(this.#failure(error)))
  }

  override async teardown(): Promise<void> {
    await this.#handle?.close()
  }

  #failure(cause: unknown): SluiceError {
    const {name} = this.info
    const exists = (cause as {code?: unknown}).code === 'EEXIST'
    const what = exists ? alreadyThere(this.#path) : `${this.#path} could not be written: ${messageOf(cause)}`
    return new SluiceError('ERR_SLUICE_SINK', `${name}: ${what}`, {stage: name, cause})
  }
}

function lineOf(letter: unknown, now: Date, stage: string | undefined): string {
  const row = toRow(factsOf(letter, now, stage), true)
  return JSON.stringify({...row, payloadBytes: row.payloadBytes.toString('base64')})
}

/** Ends the last line: a run that was killed may have left half of one. */
async function endLine(handle: FileHandle): Promise<void> {
  const {size} = await handle.stat()
  if (size === 0) return
  const {buffer} = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
  if (buffer[0] !== 0x0a) await handle.appendFile('\n')
}

function checkPath(where: string, given: unknown, append: boolean): string {
  if (typeof given !== 'string' || given === '' || /^\w+:\/\//.test(given))
    throw badOption(where, 'file', given, "the path of a local file, such as 'rejects.jsonl'")
  const path = resolve(given)
  if (!statSync(dirname(path), {throwIfNoEntry: false})?.isDirectory())
    throw badOption(where, 'file', given, 'a path in a folder that exists, or make the folder first')
  const there = statSync(path, {throwIfNoEntry: false})
  if (there?.isDirectory()) throw badOption(where, 'file', given, 'the path of a file; this is a folder')
  if (there && !append) throw new SluiceError('ERR_SLUICE_OPTION', `${where}: ${alreadyThere(given)}`, {stage: where})
  return path
}

function alreadyThere(path: string): string {
  return `the file ${path} exists already; give \`append: true\` to add to it, another path, or move it away`
}
