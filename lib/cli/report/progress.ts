import {lineLogger} from '../../core/index.ts'

/** How often progress is redrawn, ms: in place on a terminal, and where each update is a new line. */
const EVERY = {terminal: 500, plain: 10_000}

type LogUpdate = ((text: string) => void) & {clear(): void; done(): void}

/**
 * Standard error of a command: permanent lines and, once opened, a progress display. On a terminal the display is redrawn in
 * place below the permanent lines; in a file it is a new line now and then.
 */
export class Progress {
  /** Warnings become permanent lines. */
  readonly logger = lineLogger(line => this.say(line))
  #opened = false
  #draw: LogUpdate | undefined
  #timer: NodeJS.Timeout | undefined
  #text: () => string = () => ''

  /** Loads the display; until then `show` does nothing. */
  async open(): Promise<void> {
    this.#opened = true
    // a terminal without a size cannot redraw in place
    if (!process.stderr.isTTY || !process.stderr.rows) return
    const {createLogUpdate} = await import('log-update')
    this.#draw = createLogUpdate(process.stderr)
  }

  /** @param text returns the text to show; called at every redraw */
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

  /** Writes a permanent line. */
  say(line: string): void {
    if (this.#timer) this.#draw?.clear()
    process.stderr.write(line)
    if (this.#timer && this.#draw) this.#renew()
  }

  /** Removes the display; in a file its final state stays as the last line. */
  stop(): void {
    if (!this.#timer) return
    clearInterval(this.#timer)
    this.#timer = undefined
    if (!this.#draw) return this.#renew()
    this.#draw.clear()
    this.#draw.done()
  }
}

/** Whether to show progress: when asked to, else on a terminal that does not also receive the output. */
export function wantsProgress(flags: {progress?: boolean; quiet?: boolean}, output = true): boolean {
  if (flags.quiet) return false
  return flags.progress ?? (process.stderr.isTTY === true && !(output && process.stdout.isTTY))
}
