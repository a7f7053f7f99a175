import type {JsonNumbers} from '../../formats/index.ts'
import type {Format} from './record-formats.ts'

/** One `--map`, `--filter`, …; kept in the order of the command line. */
export interface StepFlag {
  readonly kind:
    | 'map'
    | 'filter'
    | 'flat-map'
    | 'with'
    | 'select'
    | 'rename'
    | 'limit'
    | 'sort'
    | 'top'
    | 'by'
    | 'distinct'
    | 'group-by'
    | 'agg'
  readonly value: string
}

/** Flags of `sluice pipe` as commander gives them. */
export interface PipeFlags {
  from?: Format
  input?: string[]
  to: string
  overwrite?: boolean
  cast?: string[]
  numbers?: JsonNumbers
  concurrency?: number
  memory?: string
  rejects?: string
  maxRejects?: string
  schema?: string
  csvDelimiter?: string
  csvQuote?: string
  csvEscape?: string
  csvHeader: boolean
  csvColumns?: string
  csvBlankLines: boolean
  csvMaxRecord?: string
  drainDeadline: number
  progress?: boolean
  quiet?: boolean
}
