import {readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {isDeepStrictEqual} from 'node:util'
import {compareWithBeam, missing} from './beam.ts'
import {expectedPanes, type FullCase} from './case.ts'
import {CASES} from './cases.ts'
import {panesHere} from './here.ts'

const PATH = join(import.meta.dirname, 'cases.json')

/** Runs the cases here, and on Beam where it is installed; returns whether all is as expected. */
export async function runBeam(): Promise<boolean> {
  const cases = JSON.parse(readFileSync(PATH, 'utf8')) as FullCase[]
  const wrong: string[] = []
  for (const given of cases) {
    const panes = await panesHere(given)
    if (!isDeepStrictEqual(panes, given.panes)) wrong.push(`${given.name}: ${JSON.stringify(panes)}`)
  }
  for (const line of wrong) console.log(`WRONG here: ${line}`)
  console.log(`here: ${cases.length - wrong.length} of ${cases.length} cases as expected`)
  const why = missing()
  if (why) {
    console.log(`SKIPPED: the cases on Apache Beam's Python SDK (${why})`)
    return wrong.length === 0
  }
  const report = compareWithBeam(PATH, cases)
  for (const line of report.departs) console.log(`departs from Beam's documentation: ${line}`)
  for (const line of report.skipped) console.log(`not for Python: ${line}`)
  for (const line of report.wrong) console.log(`WRONG in Beam: ${line}`)
  const {version, same, departs, skipped} = report
  console.log(
    `Apache Beam ${version}: ${same.length} cases the same, ${departs.length} depart as noted, ${skipped.length} not for Python, ` +
      `${report.wrong.length} wrong`,
  )
  return wrong.length === 0 && report.wrong.length === 0
}

/** Writes cases.json anew, with the panes of the reference. */
export function writeCases(): void {
  const cases: FullCase[] = CASES.map(given => ({...given, panes: expectedPanes(given)}))
  writeFileSync(PATH, `[\n${cases.map(one => JSON.stringify(one)).join(',\n')}\n]\n`)
}
