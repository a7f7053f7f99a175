// `npm run soak -- --minutes 30`: a steady publisher, one worker that runs throughout, one that is repeatedly drained and
// killed, and a fault every few seconds. Outstanding messages and memory must stay bounded, and nothing may be lost.
// Prints a JSON summary as its last line; exits 1 if any of this did not hold.
import {setTimeout as pause} from 'node:timers/promises'
import {parseArgs} from 'node:util'
import type {FaultRule} from 'sluice/emulators'
import {MAX_OUTSTANDING} from '../chaos/job.ts'
import {seeded, until} from '../chaos/scenarios.ts'
import {WorkerProcess} from '../chaos/worker-process.ts'
import {type Lane, World} from '../chaos/world.ts'

const {values} = parseArgs({
  options: {
    minutes: {type: 'string', default: '30'},
    rate: {type: 'string', default: '500'},
    seed: {type: 'string', default: '1'},
  },
})
const [minutes, rate, seed] = [values.minutes, values.rate, values.seed].map(Number) as [number, number, number]
const MB = 1024 * 1024
/** Memory is looked at after this part of the run. */
const WARM_UP = 0.2
/** How much RSS may grow from the first third after the warm-up to the last, MB. */
const GROWTH = 30

const world = await World.start()
const lane = await world.lane()
const next = seeded(seed)
const between = (least: number, most: number) => least + Math.floor(next() * (most - least))
const started = Date.now()
const end = started + minutes * 60_000
const left = () => end - Date.now()

const counts: Record<string, number> = {}
const problems: string[] = []
const count = (name: string) => {
  counts[name] = (counts[name] ?? 0) + 1
}

// ---- what goes wrong, each for a while ----
const insertAll = {call: 'tabledata.insertAll', path: `/tables/${lane.table.split('.')[1]}/`}
const path = lane.subscription
const faults: Record<string, (() => Promise<void>) | readonly FaultRule[]> = {
  'duplicate delivery': [{match: {call: 'pubsub.deliver', path}, every: 7, do: {kind: 'duplicate'}}],
  'redelivery after ack': [{match: {call: 'pubsub.ack', path}, every: 9, do: {kind: 'redeliverAfterAck'}}],
  'dropped acks': [{match: {call: 'pubsub.ack', path}, every: 9, do: {kind: 'dropAck'}}],
  'early expiry': [{match: {call: 'pubsub.deliver', path}, every: 9, do: {kind: 'expireLease', afterMs: 60}}],
  'stream ended': [14, 13, 10, 8, 4, 2].map((status, i) => ({
    match: {call: 'pubsub.deliver', path},
    nth: 50 + 100 * i,
    do: {kind: 'endStream', status},
  })),
  'refused opens': [
    {match: {call: 'pubsub.deliver', path}, nth: 10, do: {kind: 'endStream'}},
    {match: {call: 'pubsub.streamingPull', path}, times: 3, do: {kind: 'status', status: 14}},
  ],
  'acknowledge UNAVAILABLE': [{match: {call: 'pubsub.acknowledge', path}, do: {kind: 'status', status: 14}}],
  'acknowledge answer lost': [{match: {call: 'pubsub.acknowledge', path}, every: 2, do: {kind: 'commitThenFail'}}],
  'modifyAckDeadline UNAVAILABLE, slow insertAll': [
    {match: {call: 'pubsub.modifyAckDeadline', path}, times: 2, do: {kind: 'status', status: 14}},
    {match: insertAll, times: 4, do: {kind: 'delay', ms: 8000}},
  ],
  'insertAll 503': [{match: insertAll, do: {kind: 'status', status: 503}}],
  'insertAll 500 at times': [{match: insertAll, probability: 0.5, do: {kind: 'status', status: 500}}],
  'insertAll slow': [{match: insertAll, do: {kind: 'delay', ms: 1500}}],
  'insertAll answer lost': [{match: insertAll, every: 3, do: {kind: 'commitThenFail', with: 'reset'}}],
  'insertAll connection reset': [{match: insertAll, every: 2, do: {kind: 'reset'}}],
  'insertAll hangs': [{match: insertAll, times: 2, do: {kind: 'hang'}}],
  restart: () => world.cloud.pubsub.restart(),
  'all streams ended': async () => world.cloud.pubsub.endStreams(13),
}

async function breakThings(): Promise<void> {
  const names = Object.keys(faults)
  while (left() > 0) {
    const name = names[between(0, names.length)]!
    const fault = faults[name]!
    count(name)
    if (typeof fault === 'function') await fault()
    else {
      const added = fault.map(rule => world.cloud.faults.add(rule))
      await pause(between(500, 3000))
      for (const remove of added) remove()
    }
    await pause(between(1000, 4000))
  }
}

// ---- the worker that comes and goes ----
async function comeAndGo(): Promise<void> {
  while (left() > 0) {
    const worker = start()
    const isKilled = next() < 0.3
    await Promise.race([pause(Math.min(between(15_000, 60_000), Math.max(1, left()))), worker.ended])
    note(worker)
    const {code, signal} = await worker.kill(isKilled ? 'SIGKILL' : 'SIGTERM')
    count(isKilled ? 'SIGKILL' : 'SIGTERM')
    if (!isKilled && code !== 0) problems.push(`a worker that was drained ended with ${code ?? signal}`)
  }
}

function start(): WorkerProcess {
  return new WorkerProcess(lane.subscription, lane.table, world.env, true)
}

let peakOutstanding = 0
let peakInWork = 0
function note({last}: WorkerProcess): void {
  peakOutstanding = Math.max(peakOutstanding, last?.peakOutstanding ?? 0)
  peakInWork = Math.max(peakInWork, last?.peakInWork ?? 0)
}

// ---- the publisher ----
async function publish(target: Lane): Promise<void> {
  const EVERY = 200
  for (let due = Date.now(); left() > 0; due += EVERY) {
    await world.publish(target, Math.round((rate * EVERY) / 1000))
    await pause(Math.max(0, due + EVERY - Date.now()))
  }
}

// ---- the one that stays ----
const rss: number[] = []
const heap: number[] = []
let peakUnacked = 0
async function watch(worker: WorkerProcess): Promise<void> {
  let warm = false
  for (let said = 0; left() > 0; ) {
    await pause(1000)
    note(worker)
    world.redelivered(lane)
    peakUnacked = Math.max(peakUnacked, world.unacked(lane) ?? 0)
    const passed = (Date.now() - started) / (minutes * 60_000)
    if (worker.last && passed > WARM_UP) {
      if (!warm) heap.push((await worker.collected()).heapUsed / MB)
      warm = true
      rss.push(worker.last.rss / MB)
    }
    if (Date.now() - said < 15_000) continue
    said = Date.now()
    const {last} = worker
    console.error(
      `${((Date.now() - started) / 60_000).toFixed(1)} min: published ${lane.published}, unacked ${world.unacked(lane)}, ` +
        `outstanding ${last?.outstanding} (peak ${peakOutstanding}, in work ${peakInWork}), RSS ${Math.round((last?.rss ?? 0) / MB)} MB, ` +
        `cloud ${Math.round(process.memoryUsage().rss / MB)} MB, ${JSON.stringify(last)}`,
    )
  }
  heap.push((await worker.collected()).heapUsed / MB)
}

const median = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0

const steady = start()
let over = false
void steady.ended.then(({code, signal}) => {
  if (!over) problems.push(`the worker that should stay ended with ${code ?? signal}`)
})
await Promise.all([publish(lane), breakThings(), comeAndGo(), watch(steady)])
world.cloud.faults.clear()
try {
  await until('everything acknowledged', () => world.unacked(lane) === 0)
} catch (error) {
  problems.push(String(error))
}
note(steady)
const numbers = steady.last
over = true
const {code} = await steady.kill('SIGTERM')
if (code !== 0) problems.push(`the last worker exited with ${code}`)
const redelivered = world.redelivered(lane)
const counted = await world.count(lane)

const third = Math.floor(rss.length / 3)
const [early, late] = [median(rss.slice(0, third)), median(rss.slice(-third))]
if (counted.lost > 0) problems.push(`lost ${counted.lost}`)
if (peakInWork > MAX_OUTSTANDING) problems.push(`${peakInWork} messages in work in one worker`)
// a lease that the service ends early no longer counts there, but does here: it may send another message for it
if (peakOutstanding > 2 * MAX_OUTSTANDING) problems.push(`${peakOutstanding} messages outstanding in one worker`)
if (late - early > GROWTH) problems.push(`RSS grew from ${Math.round(early)} to ${Math.round(late)} MB`)
const summary = {
  ok: problems.length === 0,
  problems,
  minutes,
  ...counted,
  redelivered,
  duplicatesRecognised: numbers?.duplicates,
  peakInWork,
  peakOutstanding,
  maxOutstanding: MAX_OUTSTANDING,
  peakUnacked,
  rssMB: {early: Math.round(early), late: Math.round(late), peak: Math.round(Math.max(...rss))},
  heapAfterGcMB: heap.map(Math.round),
  steadyWorker: numbers,
  counts,
}
console.log(JSON.stringify(summary))
await world.close()
if (!summary.ok) process.exitCode = 1
