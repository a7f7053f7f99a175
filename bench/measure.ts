// Measures one contestant's run in a separate process, with the built package that users get.
import {spawn} from 'node:child_process'
import {fileURLToPath} from 'node:url'

export interface Measured {
  wall: number
  cpu: number
  rssMB: number
  /** The contestant's result, to compare. */
  result: Record<string, number>
}

/** In a contestant's process: runs `work` and reports to the parent. */
export async function contestant(work: () => Promise<Record<string, number>>): Promise<void> {
  const cpu = process.cpuUsage()
  const from = performance.now()
  const result = await work()
  const used = process.cpuUsage(cpu)
  const measured: Measured = {
    wall: (performance.now() - from) / 1000,
    cpu: (used.user + used.system) / 1e6,
    rssMB: process.resourceUsage().maxRSS / 1024,
    result,
  }
  process.stdout.write(`\u0000${JSON.stringify(measured)}\n`)
}

/** A contestant's file and its arguments. */
export type Contestant = readonly [file: string, ...args: string[]]

/**
 * Runs each contestant `runs` times, in turns, and returns for each the run with the least CPU time: other load on the
 * machine only adds to it, and taking turns spreads it over all of them.
 */
export async function inTurns(contestants: Record<string, Contestant>, runs: number): Promise<Map<string, Measured>> {
  const best = new Map<string, Measured>()
  for (let i = 0; i < runs; i++)
    for (const [name, [file, ...args]] of Object.entries(contestants)) {
      const measured = await runOnce(file, args, {})
      if (measured.cpu < (best.get(name)?.cpu ?? Number.POSITIVE_INFINITY)) best.set(name, measured)
    }
  return best
}

/** Runs a contestant's file once, in a new process. */
export function runOnce(file: string, args: readonly string[], env: Record<string, string>): Promise<Measured> {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...args], {
    env: {...process.env, ...env},
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => {
      const line = out.split('\n').find(l => l.startsWith('\u0000'))
      if (code === 0 && line) resolve(JSON.parse(line.slice(1)))
      else reject(new Error(`${file} exited with ${code}: ${out.slice(-500)}`))
    })
  })
}

/** A table of contestants, with the ratio of CPU time to the one named `base`. */
export function table(title: string, rows: number, measured: Map<string, Measured>, base: string): string {
  const reference = measured.get(base)!.cpu
  const lines = [...measured].map(([name, m]) =>
    [
      name.padEnd(44),
      m.wall.toFixed(2).padStart(7),
      m.cpu.toFixed(2).padStart(7),
      m.rssMB.toFixed(0).padStart(7),
      Math.round(rows / m.cpu)
        .toLocaleString('en')
        .padStart(11),
      (m.cpu / reference).toFixed(2).padStart(6),
    ].join(' '),
  )
  const head = ['contestant'.padEnd(44), ' wall s', '  CPU s', ' RSS MB', ' rows/CPU-s', ' ratio'].join(' ')
  return [`\n${title} (ratio: CPU time to '${base}')`, head, ...lines].join('\n')
}
