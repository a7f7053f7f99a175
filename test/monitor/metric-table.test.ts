import {readFileSync} from 'node:fs'
import {expect} from 'chai'
import {channels} from '../../lib/core/index.ts'
import {REQUEST_DURATION} from '../../lib/monitor/durations.ts'
import {METRICS} from '../../lib/monitor/metric-table.ts'
import {ACTIVE_RUNS, RUNS} from '../../lib/monitor/readings.ts'

describe('docs/monitoring.md', () => {
  const text = readFileSync(new URL('../../docs/monitoring.md', import.meta.url), 'utf8')

  it('lists every metric with its kind, unit and label', () => {
    for (const {name, kind, unit, label} of METRICS) {
      const cells = [`\`${name}\``, kind, unit.startsWith('{') ? '' : unit, label ? `\`${label}\`` : '']
      expect(text).to.include(`| ${cells.join(' | ').replaceAll('|  |', '| |')} |`.replaceAll('|  |', '| |'))
    }
    for (const {name} of [RUNS, ACTIVE_RUNS, REQUEST_DURATION]) expect(text).to.include(`| \`${name}\` |`)
  })

  it('lists every channel', () => {
    for (const {name} of Object.values(channels)) expect(text).to.include(`| \`${String(name)}\` |`)
  })
})
