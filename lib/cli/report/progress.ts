import {lineLogger} from '../../core/index.ts'

/** How often what is shown is renewed, ms: on a terminal, and where each time is a new line. */
const EVERY = {terminal: 500, plain: 10_000}

type LogUpdate = ((text: string) => void) & {clear(): void; done(): void}

/**
 * Standard error of a command: lines that stay, and, once opened, how something stands while it runs: on a terminal in
 * place, below those lines; in a file as new lines now and then.
 */
export class Progress {
  /** Warnings become lines that stay. */
  readonly logger = lineLogger(line => this.say(line))
  #opened = false
  #draw: LogUpdate | undefined
  #timer: NodeJS.Timeout | undefined
  #text: () => string = () => ''

  /** Loads what showing takes; without it `show` shows nothing. */
  async open(): Promise<void> {
    this.#opened = true
    // one without a size shows nothing in place
    if (!process.stderr.isTTY || !process.stderr.rows) return
    const {createLogUpdate} = await import('log-update')
    this.#draw = createLogUpdate(process.stderr)
  }

  /** @param text what to show, asked again and again */
  show(text: () => string): void {
    if (!this.#opened) return
    this.#text = text
    this.#timer = setInterval(() => this.#renew(), this.#draw ? EVERY.terminal : EVERY.plain)
    this.#timer.unref()
    this.#renew()
  }

  #renew(): void {
    if (this.#draw) this.#draw(this.#text())
    else process.stderr.write(`${this.#text()}\n`)
  }

  /** A line that stays. */
  say(line: string): void {
    if (this.#timer) this.#draw?.clear()
    process.stderr.write(line)
    if (this.#timer && this.#draw) this.#renew()
  }

  /** Takes it away; in a file what has come of it stays as a last line. */
  stop(): void {
    if (!this.#timer) return
    clearInterval(this.#timer)
    this.#timer = undefined
    if (!this.#draw) return this.#renew()
    this.#draw.clear()
    this.#draw.done()
  }
}

/** Whether to show progress: when asked, else on a terminal that the output does not go to as well. */
export function wantsProgress(flags: {progress?: boolean; quiet?: boolean}, output = true): boolean {
  if (flags.quiet) return false
  return flags.progress ?? (process.stderr.isTTY === true && !(output && process.stdout.isTTY))
}
