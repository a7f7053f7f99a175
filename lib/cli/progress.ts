/** Shows one line on standard error, renewed every second, while something runs. */
export class Progress {
  readonly #timer: NodeJS.Timeout

  /** @param text what to show now */
  constructor(text: () => string) {
    this.#timer = setInterval(() => process.stderr.write(`\r\x1b[K${text()}`), 1000)
    this.#timer.unref()
    process.stderr.write(`\r\x1b[K${text()}`)
  }

  /** Takes the line away. */
  stop(): void {
    clearInterval(this.#timer)
    process.stderr.write('\r\x1b[K')
  }
}

/** Whether to show progress: when asked, else on a terminal that the output does not go to as well. */
export function wantsProgress(flags: {progress?: boolean; quiet?: boolean}): boolean {
  if (flags.quiet) return false
  return flags.progress ?? (process.stderr.isTTY === true && process.stdout.isTTY !== true)
}
