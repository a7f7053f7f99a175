// `npm run chaos`: kills and drains the streaming job and subjects it to every fault of Pub/Sub; nothing may be lost. With
// PUBSUB_EMULATOR_HOST, the scenarios that need no injected fault in Pub/Sub run against that server too.
// `npm run chaos -- --messages 10000 --kills 5 --seed 3` runs a part.
import {parseArgs} from 'node:util'
import {FAULTS} from './faults.ts'
import {drained, faulty, killed, type Outcome} from './scenarios.ts'
import {World} from './world.ts'

const {values} = parseArgs({
  options: {
    messages: {type: 'string', default: '100000'},
    kills: {type: 'string', default: '20'},
    seed: {type: 'string', default: '4'},
    // a part of the name of the only fault to be injected
    fault: {type: 'string'},
    // only the server that PUBSUB_EMULATOR_HOST names
    'skip-local': {type: 'boolean', default: false},
  },
})
const [messages, kills, seed] = [values.messages, values.kills, values.seed].map(Number) as [number, number, number]
const host = process.env['PUBSUB_EMULATOR_HOST']
const outcomes: Outcome[] = []
const failures: string[] = []

async function run(where: string, scenario: () => Promise<Outcome>): Promise<void> {
  let outcome: Outcome
  try {
    outcome = await scenario()
  } catch (error) {
    console.error(`${where}${error}`)
    failures.push(`${where}${error}`)
    return
  }
  outcomes.push({...outcome, scenario: where + outcome.scenario})
  const {lost, broken, seconds} = outcome
  console.error(`${where}${outcome.scenario}: lost ${lost}, ${seconds.toFixed(1)} s ${broken.join('; ')}`)
}

async function local(): Promise<void> {
  const world = await World.start()
  try {
    if (values.fault === undefined) {
      await run('', () => killed(world, {messages, kills, seed}))
      await run('', () => drained(world, {messages: 500}))
    }
    for (const fault of FAULTS)
      if (values.fault === undefined || fault.name.includes(values.fault))
        await run('', () => faulty(world, fault, {messages: 2000}))
  } finally {
    await world.close()
  }
}

/**
 * Another server: only what needs no injected fault there. One kill, since Google's emulator goes on giving messages to the
 * streams of dead processes, in portions of 100, and each time they come again only when their leases have expired.
 */
async function given(host: string): Promise<void> {
  const world = await World.start(host)
  try {
    await run(`${host}: `, () => killed(world, {messages: Math.min(messages, 5000), kills: Math.min(kills, 1), seed}))
    await run(`${host}: `, () => drained(world, {messages: 500}))
  } finally {
    await world.close()
  }
}

if (!values['skip-local']) await local()
if (host !== undefined && values.fault === undefined) await given(host)

console.table(
  outcomes.map(({scenario, messages, rows, duplicates, lost, redelivered, seconds}) => ({
    scenario,
    messages,
    rows,
    duplicates,
    lost,
    redelivered: redelivered ?? '-',
    seconds: Number(seconds.toFixed(1)),
  })),
)
const wrong = outcomes.filter(({lost, broken}) => lost > 0 || broken.length > 0)
for (const failure of failures) console.log(`FAILED: ${failure}`)
for (const {scenario, lost, broken} of wrong) console.log(`FAILED: ${[scenario, `lost ${lost}`, ...broken].join('; ')}`)
if (wrong.length + failures.length === 0 && outcomes.length > 0) console.log(`ok: ${outcomes.length} scenarios, lost 0`)
else process.exitCode = 1
