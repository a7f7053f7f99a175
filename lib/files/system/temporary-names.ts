import {createHash, randomBytes} from 'node:crypto'
import {readdirSync, readFileSync, readlinkSync, rmSync} from 'node:fs'
import {hostname} from 'node:os'
import {join} from 'node:path'

/**
 * Temporary names identify this machine, its boot, its PID namespace and this process, so that files left by a killed
 * process can be distinguished from those of a live one.
 */
const machine = createHash('sha1')
  .update(`${hostname()}\n${read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))}`)
  .update(`\n${read(() => readlinkSync('/proc/self/ns/pid'))}`)
  .digest('hex')
  .slice(0, 8)

/** The part of a temporary name that identifies its maker; unique within this process. */
export function temporaryMark(): string {
  return `${machine}-${process.pid}-${randomBytes(4).toString('hex')}`
}

/** Removes what killed processes have left in a folder, under names that contain a {@link temporaryMark}. */
export function removeLeftBehind(folder: string): void {
  const left = read(() => readdirSync(folder)) || []
  const mark = `${machine}-(\\d+)-[0-9a-f]{8}`
  const temporary = new RegExp(`^(?:sluice-${mark}|\\..*-${mark}-\\d+\\.tmp)$`, 's')
  for (const name of left) {
    const [, ofFolder, ofFile] = temporary.exec(name) ?? []
    const pid = ofFolder ?? ofFile
    if (pid !== undefined && isGone(Number(pid))) read(() => rmSync(join(folder, name), {recursive: true, force: true}))
  }
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as {code?: unknown}).code === 'ESRCH'
  }
}

/** Ignores what cannot be read: names are then less exact, and files stay. */
function read<T>(look: () => T): T | '' {
  try {
    return look()
  } catch {
    return ''
  }
}
