import {setTimeout as pause} from 'node:timers/promises'

const PATIENCE = 40_000

/**
 * Waits for something that events of this process bring about; fails when it never comes. By time, not by turns: on a busy
 * machine an answer may take longer than a hundred thousand of them.
 */
export async function until(holds: () => boolean, what = `${holds}`): Promise<void> {
  for (const end = performance.now() + PATIENCE; !holds(); await new Promise(setImmediate))
    if (performance.now() > end) throw new Error(`never came true: ${what}`)
}

/** Waits for something that another process does, and leaves it the processor. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + PATIENCE; !(await holds()); await pause(5))
    if (performance.now() > end) throw new Error(`never came true: ${holds}`)
}
