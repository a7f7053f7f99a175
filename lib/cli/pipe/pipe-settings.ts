import {existsSync, fstatSync} from 'node:fs'
import {DEFAULTS} from '../../core/index.ts'
import {isGcs} from '../../files/index.ts'
import type {CsvOptions, JsonNumbers} from '../../formats/index.ts'
import {LEAST_MEMORY} from '../../state/index.ts'
import {parseSize, SIZE_FORMS} from '../../util/index.ts'
import {UsageError} from '../report/exit.ts'
import {type Casts, checkCasts} from './casts.ts'
import type {PipeFlags} from './pipe-flags.ts'
import {checkPaths} from './pipe-paths.ts'
import {FORMATS, type Format, formatOfName, STANDARD} from './record-formats.ts'
import {existingRejects} from './rejects/reject-names.ts'

/** How many records may be set aside: a count, or a share of the records read. */
export type MaxRejects = {readonly count: number} | {readonly percent: number}

/** Where records go: standard output, one file (local or `gs://`), files with a common prefix, or a table. */
type Target = {readonly format: Format; readonly file?: undefined} | FileTarget | {readonly table: string}

/** Files to write, and in which format. */
export interface FileTarget {
  readonly format: Format
  readonly file: string
  /** True if `file` is a prefix of names. */
  readonly prefix: boolean
}

/** The flags of `sluice pipe`, checked. */
export interface PipeSettings {
  readonly from: Format
  /** File patterns, and {@link STANDARD} for standard input. */
  readonly input: readonly string[]
  readonly to: Target
  readonly casts: Casts
  readonly numbers: JsonNumbers
  readonly csv: CsvOptions
  readonly maxRejects: MaxRejects
  /** Bytes that a step which gathers records keeps in memory. */
  readonly memory: number
}

/** Checks the flags; throws a {@link UsageError}. */
export function checkPipeFlags(files: readonly string[], flags: PipeFlags): PipeSettings {
  const input = inputOf(files, flags)
  const from = fromOf(flags, input)
  const to = toOf(flags.to, from)
  checkPaths({
    input: input.filter(isFile),
    stdin: input.includes(STANDARD),
    to: 'format' in to && !('prefix' in to && to.prefix) ? to.file : undefined,
    stdout: 'format' in to && to.file === undefined,
    rejects: flags.rejects,
  })
  checkTargetFile(to, flags.overwrite === true)
  const table = from === 'csv' || from === 'tsv'
  const given = csvFlags(flags)
  if (!table && !('format' in to && (to.format === 'csv' || to.format === 'tsv')) && given.length > 0)
    throw new UsageError(`${given[0]} applies to CSV and TSV, but neither --from nor --to is one of them`)
  if (table && !flags.csvHeader && flags.csvColumns === undefined)
    throw new UsageError('--no-csv-header needs the names of the columns: --csv-columns a,b')
  if (flags.schema !== undefined && 'format' in to) throw new UsageError('--schema works only with --to bq:…')
  if (from === 'text' && flags.cast)
    throw new UsageError('--cast needs fields, and lines of text have none; see --from')
  if (flags.numbers !== undefined && from !== 'jsonl' && from !== 'json')
    throw new UsageError('--numbers applies to JSON; see --from')
  checkRejectsFile(flags.rejects)
  return {
    from,
    input: input.map(asPattern),
    to,
    casts: checkCasts(flags.cast ?? [], table),
    numbers: flags.numbers ?? 'exact',
    csv: csvOptions(flags),
    maxRejects: maxRejectsOf(flags),
    memory: memoryOf(flags),
  }
}

/** The inputs as given. */
function inputOf(files: readonly string[], {input = []}: PipeFlags): readonly string[] {
  if (files.length > 0 && input.length > 0)
    throw new UsageError(
      `both --input ${input.join(' ')} and ${files.join(' ')} name files to read, so their order is ambiguous; give all of ` +
        `them one way: sluice pipe ${[...input, ...files].join(' ')}`,
    )
  const given = files.length > 0 ? files : input.length > 0 ? input : [STANDARD]
  if (given.includes('')) throw new UsageError('the name of an input file is empty; is a shell variable unset?')
  if (given.filter(name => name === STANDARD).length > 1)
    throw new UsageError(`${STANDARD} appears twice among the files to read, and standard input can be read only once`)
  if (given.includes(STANDARD) && isFolder(0))
    throw new UsageError("standard input is a folder; to read the files in it give 'FOLDER/*'")
  return given
}

function isFile(name: string): boolean {
  return name !== STANDARD
}

function isFolder(fd: number): boolean {
  try {
    return fstatSync(fd).isDirectory()
  } catch {
    // closed, or of a kind that Node cannot identify
    return false
  }
}

/** The shell has already expanded patterns: an existing file of exactly this name is meant, even with glob characters in it. */
function asPattern(name: string): string {
  const literal = isFile(name) && !isGcs(name) && /[*?[\]{}]/.test(name) && existsSync(name)
  return literal ? name.replace(/[*?[\]{}\\]/g, '\\$&') : name
}

function fromOf({from}: PipeFlags, input: readonly string[]): Format {
  if (from !== undefined) return from
  const files = input.filter(isFile)
  if (files.length === 0) return 'text'
  const found = new Set(files.map(name => formatOfName(name)))
  const [only] = found
  if (found.size === 1 && only !== undefined) return only
  const what = found.size > 1 ? `have several formats` : `has an ending that tells no format`
  throw new UsageError(`${files.join(' ')} ${what}; give --from ${FORMATS.join(', or ')}`)
}

function toOf(to: string, from: Format): Target {
  if (to === STANDARD) return {format: from}
  const format = FORMATS.find(each => each === to)
  if (format) return {format}
  if (to.startsWith('bq:') && to.length > 3) return {table: to.slice(3)}
  // a bare word is more likely a typo than a file
  if (!/[./]/.test(to))
    throw new UsageError(
      `--to is '${to}'; give ${FORMATS.join(', ')}, bq:PROJECT:DATASET.TABLE, or a file: ./${to}.csv, gs://BUCKET/${to}.csv`,
    )
  const written = /[^/.][^/]*\.[^/]+$/.test(to) ? formatOfName(to) : undefined
  if (written) return {format: written, file: to, prefix: false}
  if (/^gs:\/\/[^/]+\/(.*\/)?[^/.]+$/.test(to)) return {format: 'jsonl', file: to, prefix: true}
  throw new UsageError(
    `--to is '${to}', whose extension is not a known format; use .csv, .tsv, .jsonl, .ndjson, .json, .txt or .log, and ` +
      `optionally .gz after it ` +
      'to compress it',
  )
}

function checkTargetFile(to: Target, overwrite: boolean): void {
  const file = 'format' in to ? to.file : undefined
  if (overwrite && file === undefined) throw new UsageError('--overwrite works only with --to FILE')
  if (file !== undefined && !overwrite && existsSync(file))
    throw new UsageError(`--to: ${file} already exists; give --overwrite to replace it, or another name`)
}

function csvFlags(flags: PipeFlags): string[] {
  const given: Record<string, unknown> = {
    '--csv-delimiter': flags.csvDelimiter,
    '--csv-quote': flags.csvQuote,
    '--csv-escape': flags.csvEscape,
    '--no-csv-header': flags.csvHeader ? undefined : true,
    '--csv-columns': flags.csvColumns,
    '--no-csv-blank-lines': flags.csvBlankLines ? undefined : true,
    '--csv-max-record': flags.csvMaxRecord,
  }
  return Object.keys(given).filter(name => given[name] !== undefined)
}

/** The requested dialect; the reader validates it. */
function csvOptions(flags: PipeFlags): CsvOptions {
  const {csvDelimiter, csvQuote, csvEscape, csvColumns, csvMaxRecord} = flags
  const maxRecordBytes = csvMaxRecord === undefined ? undefined : parseSize(csvMaxRecord)
  if (csvMaxRecord !== undefined && !maxRecordBytes)
    throw new UsageError(`--csv-max-record is '${csvMaxRecord}'; give ${SIZE_FORMS}`)
  return {
    header: flags.csvHeader,
    skipBlankLines: flags.csvBlankLines,
    ...(csvDelimiter !== undefined && {delimiter: csvDelimiter.replaceAll('\\t', '\t')}),
    ...(csvQuote !== undefined && {quote: csvQuote === '' ? null : csvQuote}),
    ...(csvEscape !== undefined && {escape: csvEscape}),
    ...(csvColumns !== undefined && {columns: names('--csv-columns', csvColumns)}),
    ...(maxRecordBytes !== undefined && {maxRecordBytes}),
  }
}

/** Splits a list such as `a,b`. */
export function names(flag: string, text: string): string[] {
  const parts = text.split(',').map(part => part.trim())
  if (parts.includes('')) throw new UsageError(`${flag} is '${text}'; give names separated by commas: a,b`)
  return parts
}

function maxRejectsOf({maxRejects, rejects}: PipeFlags): MaxRejects {
  if (maxRejects === undefined) return {count: rejects === undefined ? 0 : Number.POSITIVE_INFINITY}
  const [, number, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(maxRejects) ?? []
  const value = Number(number)
  const wrong = number === undefined || (percent ? value > 100 : !Number.isInteger(value))
  if (wrong) throw new UsageError(`--max-rejects is '${maxRejects}'; give a number such as 100, or a share such as 1%`)
  return percent ? {percent: value} : {count: value}
}

function memoryOf({memory}: PipeFlags): number {
  const bytes = memory === undefined ? DEFAULTS.memory : parseSize(/^\d+$/.test(memory) ? Number(memory) : memory)
  if (bytes === undefined || bytes < LEAST_MEMORY)
    throw new UsageError(`--memory is '${memory}'; give ${SIZE_FORMS}, at least 1MB`)
  return bytes
}

function checkRejectsFile(rejects: string | undefined): void {
  if (rejects === undefined) return
  // overwriting it would lose records that somebody was about to fix
  const file = existingRejects(rejects)
  if (file) throw new UsageError(`--rejects: ${file} already exists; move it away, or give another name`)
}
