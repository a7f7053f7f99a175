import {spawnSync} from 'node:child_process'
import {join} from 'node:path'
import {isDeepStrictEqual} from 'node:util'
import {type ExpectedPane, type FullCase, inOrder} from './case.ts'

const PYTHON = process.env['BEAM_PYTHON'] ?? 'python3'

/** Why Apache Beam's Python SDK cannot be run here; undefined if it can. */
export function missing(): string | undefined {
  const {status, error} = spawnSync(PYTHON, ['-c', 'import apache_beam'], {stdio: 'ignore'})
  if (error) return `there is no ${PYTHON}; BEAM_PYTHON may name another`
  return status === 0 ? undefined : `${PYTHON} has no module apache_beam; BEAM_PYTHON may name another`
}

/** What Beam emitted for a case. */
interface Emitted {
  readonly name: string
  readonly panes?: readonly (Omit<ExpectedPane, 'window'> & {readonly window: readonly [number, number] | null})[]
  readonly error?: string
}

export interface BeamReport {
  readonly version: string
  readonly same: string[]
  /** As the case says. */
  readonly departs: string[]
  readonly skipped: string[]
  /** Neither as expected nor as noted. */
  readonly wrong: string[]
}

/** Runs the cases of a file on Beam's in-process runner, and compares. */
export function compareWithBeam(path: string, cases: readonly FullCase[]): BeamReport {
  const run = spawnSync(PYTHON, [join(import.meta.dirname, 'beam.py'), path], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  if (run.status !== 0) throw new Error(`beam.py failed with ${run.status ?? run.signal}`)
  const {version, cases: emitted} = JSON.parse(run.stdout) as {version: string; cases: Emitted[]}
  const report: BeamReport = {version, same: [], departs: [], skipped: [], wrong: []}
  for (const given of cases) {
    const {name, beam} = given
    const got = emitted.find(one => one.name === name)
    if (!got) report.skipped.push(`${name}: ${beam?.skipped}`)
    else if (matches(got, given.panes)) (beam?.departs ? report.wrong : report.same).push(name)
    else if (beam?.departs && (beam.panes ? matches(got, beam.panes) : got.error !== undefined))
      report.departs.push(`${name}: ${beam.departs}`)
    else report.wrong.push(`${name}: ${JSON.stringify(got.error ?? got.panes)}`)
  }
  return report
}

/** Python calls a pane the last one only if its trigger has finished, not when a window expires: that is not compared. */
function matches({panes}: Emitted, expected: readonly ExpectedPane[]): boolean {
  const plain = (pane: ExpectedPane) => ({...pane, isLast: undefined})
  return panes !== undefined && isDeepStrictEqual(inOrder(panes.map(inMillis)).map(plain), expected.map(plain))
}

/** Python's global window has other bounds. */
function inMillis({window, timestamp, ...pane}: NonNullable<Emitted['panes']>[number]): ExpectedPane {
  if (window) return {...pane, timestamp, window}
  return {...pane, timestamp: GLOBAL[1] - 1, window: GLOBAL}
}
const GLOBAL: readonly [number, number] = [-8_640_000_000_000_000, 8_639_999_913_600_001]
