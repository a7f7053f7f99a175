import {SluiceError} from '../../errors/index.ts'
import {formatDuration} from '../../util/index.ts'
import {DEFAULTS} from './defaults.ts'
import {stderrLogger} from './logger.ts'

/** Node's exit code of a program whose top-level await never settles. */
const UNSETTLED_AWAIT = 13

/** Something that has begun and has not ended: the process must not exit silently before it. */
export interface InProgress {
  readonly kind: 'source' | 'dofn' | 'sink' | 'run'
  readonly name: string
  /** Grows whenever something has happened. */
  readonly progress: number
  /** What it waits for and cannot bring about itself: a clause without a full stop. */
  readonly waitsFor: string | undefined
  /** How far it has come, for `the process ends before …`. */
  readonly unfinishedText: string
  /** Called when what it waits for will never come. */
  fail(error: SluiceError): void
  /** Reports a call that has taken long. */
  reportSlow?(): void
}

// weak: a stream that was dropped before its end must stay collectable
const open = new Set<WeakRef<InProgress>>()
/**
 * Entries that must not be collected even if nothing else refers to them, which is just how things look when a promise will never
 * settle: all with an open call, and of the others those that began last.
 */
const pinned = new Set<InProgress>()
const latest = new Set<InProgress>()
const LATEST = 32
const collected = new FinalizationRegistry<WeakRef<InProgress>>(ref => remove(ref))
let grace: NodeJS.Timeout | undefined
let watch: NodeJS.Timeout | undefined

/**
 * Notes that something is in progress: until it ends, the process does not exit silently. An empty event loop is held for 5 s,
 * since something that does not keep the process alive may still happen; then everything that waits fails and reports what for.
 *
 * @returns call it at the end
 */
export function inProgress(it: InProgress): () => void {
  const ref = new WeakRef(it)
  if (open.size === 0) listen()
  open.add(ref)
  collected.register(it, ref, ref)
  latest.add(it)
  if (latest.size > LATEST) for (const oldest of latest) if (latest.delete(oldest)) break
  return () => {
    collected.unregister(ref)
    latest.delete(it)
    pinned.delete(it)
    remove(ref)
  }
}

/** Keeps an entry from being collected until {@link unpin}. */
export function pin(it: InProgress): void {
  pinned.add(it)
}

export function unpin(it: InProgress): void {
  pinned.delete(it)
}

function remove(ref: WeakRef<InProgress>): void {
  if (open.delete(ref) && open.size === 0) forget()
}

function all(): InProgress[] {
  return [...open].map(ref => ref.deref()).filter(it => it !== undefined)
}

function listen(): void {
  process.on('beforeExit', hold)
  process.on('exit', lastWords)
  watch = setInterval(() => {
    for (const it of all()) it.reportSlow?.()
  }, DEFAULTS.standstill)
  watch.unref()
}

function forget(): void {
  process.off('beforeExit', hold)
  process.off('exit', lastWords)
  clearInterval(watch)
  clearTimeout(grace)
  grace = undefined
}

const progress = (): number => all().reduce((sum, it) => sum + it.progress, 0)

function hold(): void {
  if (grace || all().every(({waitsFor}) => waitsFor === undefined)) return
  const before = progress()
  grace = setTimeout(() => {
    grace = undefined
    // with progress, the next empty event loop comes back here
    if (progress() === before) failAll()
  }, DEFAULTS.exitGrace)
}

/** Fails stages first: their run fails with them, and its error names them. */
function failAll(): void {
  const waiting = all().filter(({waitsFor}) => waitsFor !== undefined)
  const stages = waiting.filter(({kind}) => kind !== 'run')
  for (const it of stages.length > 0 ? stages : waiting) it.fail(standstillError(it))
}

function standstillError({kind, name, waitsFor}: InProgress): SluiceError {
  return new SluiceError(
    'ERR_SLUICE_STANDSTILL',
    `${name}: ${waitsFor}, and for ${formatDuration(DEFAULTS.exitGrace)} nothing was left in this process that could bring ` +
      'it about: no timer, no socket, no file. Settle every promise, and call every callback, whatever happens',
    {stage: kind === 'run' ? undefined : name},
  )
}

/** The process exits on an `await` that never settles: standard error at least shows what it waited for. */
function lastWords(code: number): void {
  if (code !== UNSETTLED_AWAIT && process.exitCode !== UNSETTLED_AWAIT) return
  for (const it of all()) stderrLogger.error(`the process ends before ${it.unfinishedText}`)
}
