// `npm run chaos:batch`: kills a batch job with a checkpoint repeatedly and restarts it each time; nothing may be lost, and no
// row duplicated that BigQuery can recognise. `npm run chaos:batch -- --rows 10000 --kills 5 --seed 3` runs a part.
import {parseArgs} from 'node:util'
import {type BatchOutcome, type BatchScenario, killedBatch} from './batch-scenario.ts'
import {World} from './world.ts'

const {values} = parseArgs({
  options: {
    rows: {type: 'string', default: '100000'},
    kills: {type: 'string', default: '20'},
    seed: {type: 'string', default: '5'},
  },
})
const [rows, kills, seed] = [values.rows, values.kills, values.seed].map(Number) as [number, number, number]
const scenarios: readonly Omit<BatchScenario, 'rows' | 'kills' | 'seed'>[] = [
  {checkpoint: 'local'},
  {checkpoint: 'gs'},
  {checkpoint: 'local', forgetful: true},
]

const outcomes: BatchOutcome[] = []
const failures: string[] = []
// however slow the machine is, insertIds are known until a scenario says otherwise
const world = await World.start(undefined, true)
try {
  for (const scenario of scenarios) {
    try {
      const outcome = await killedBatch(world, {rows, kills, seed, ...scenario})
      outcomes.push(outcome)
      const {lost, broken} = outcome
      console.error(`${outcome.scenario}: lost ${lost}, ${outcome.seconds.toFixed(1)} s ${broken.join('; ')}`)
      if (lost > 0 || broken.length > 0) failures.push([outcome.scenario, `lost ${lost}`, ...broken].join('; '))
    } catch (error) {
      failures.push(`checkpoint ${scenario.checkpoint}: ${error}`)
    }
  }
} finally {
  await world.close()
}

console.table(outcomes.map(({broken: _, seconds, ...outcome}) => ({...outcome, seconds: Number(seconds.toFixed(1))})))
for (const failure of failures) console.log(`FAILED: ${failure}`)
if (failures.length === 0) console.log(`ok: ${outcomes.length} scenarios, lost 0`)
else process.exitCode = 1
