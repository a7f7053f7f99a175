import {setTimeout as pause} from 'node:timers/promises'
import {type Logger, silentLogger} from 'sluice'
import {badBigQuery, type Fault} from './faults.ts'
import {type Job, type JobNumbers, numbersOf, startJob} from './job.ts'
import {WorkerProcess} from './worker-process.ts'
import type {Counted, Lane, World} from './world.ts'

/** How long to wait for anything that should happen, ms. */
const LIMIT = 120_000
/** How often to check for it, ms. */
const LOOK = 20

/** The outcome of a scenario. */
export interface Outcome extends Counted {
  scenario: string
  /** Deliveries beyond the first; undefined if unknown. */
  redelivered: number | undefined
  seconds: number
  /** Other promises that did not hold. */
  broken: string[]
  numbers?: JobNumbers
}

export interface ScenarioOptions {
  messages: number
  /** The local cloud's time is moved on where leases would have to be waited for. */
  hurry?: boolean
  logger?: Logger
}

/** Waits until `holds` is true; the error names `what` did not happen. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + LIMIT; !(await holds()); await pause(LOOK))
    if (Date.now() > end) throw new Error(`not within ${LIMIT / 1000} s: ${what}`)
}

/** Random numbers from 0 to 1, the same in every run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Kills the worker at `kills` random points of the work, in front of a sink that is slow and fails at times; then drains it. */
export async function killed(
  world: World,
  {messages, kills, seed, hurry}: ScenarioOptions & {kills: number; seed: number},
): Promise<Outcome> {
  const started = performance.now()
  const lane = await world.lane()
  await world.publish(lane, messages)
  world.cloud.faults.clear()
  for (const rule of badBigQuery(tableName(lane))) world.cloud.faults.add(rule)
  const next = seeded(seed)
  const points = Array.from({length: kills}, () => Math.floor((0.01 + 0.94 * next()) * messages)).sort((a, b) => a - b)
  const broken: string[] = []
  let worker = start(world, lane)
  try {
    for (const point of points) {
      await until(`${point} rows of ${messages}`, async () => (await world.rows(lane)) >= point)
      const {signal} = await worker.kill('SIGKILL')
      if (signal !== 'SIGKILL') broken.push('the worker had ended before it was killed')
      world.redelivered(lane)
      // only the killed processes hold leases
      if (hurry) await until('the leases of the dead have expired', () => expired(world, lane))
      worker = start(world, lane)
    }
    await allDone(world, lane)
    const {code} = await worker.kill('SIGTERM')
    if (code !== 0) broken.push(`the drained worker exited with ${code}`)
  } finally {
    // if something never came
    await worker.kill('SIGKILL')
  }
  world.cloud.faults.clear()
  return outcome(world, lane, `SIGKILL at ${kills} random points`, started, broken)
}

/** SIGTERM with `messages` in flight in front of a sink that takes a second: everything is committed, nothing comes again. */
export async function drained(world: World, {messages}: ScenarioOptions): Promise<Outcome> {
  const started = performance.now()
  const lane = await world.lane()
  await world.publish(lane, messages)
  world.cloud.faults.clear()
  const match = {call: 'tabledata.insertAll', path: tableName(lane)}
  world.cloud.faults.add({match, do: {kind: 'delay', ms: 1000}})
  const worker = start(world, lane)
  const broken: string[] = []
  try {
    await until(`${messages} messages in flight`, () => worker.last?.outstanding === messages && sent(world, lane) > 0)
    const before = await world.rows(lane)
    if (before !== 0) broken.push(`${before} rows were there before SIGTERM`)
    const {code} = await worker.kill('SIGTERM')
    if (code !== 0) broken.push(`exit code ${code}`)
  } finally {
    await worker.kill('SIGKILL')
  }
  world.cloud.faults.clear()
  // all were acknowledged, or they would come now
  if (world.isLocal && world.unacked(lane) !== 0) broken.push(`${world.unacked(lane)} messages not acknowledged`)
  const end = await outcome(world, lane, `SIGTERM with ${messages} in flight`, started, broken)
  if (end.rows !== messages) broken.push(`${end.rows} rows instead of ${messages}`)
  if ((end.redelivered ?? 0) !== 0) broken.push(`${end.redelivered} redeliveries`)
  return end
}

/** One kind of fault all along; the job runs in this process. */
export async function faulty(
  world: World,
  fault: Fault,
  {messages, hurry, logger = silentLogger}: ScenarioOptions,
): Promise<Outcome> {
  const started = performance.now()
  const lane = await world.lane(fault.exactlyOnce)
  // a single action happens in mid-stream
  const first = fault.once ? Math.ceil(messages / 2) : messages
  await world.publish(lane, first)
  world.cloud.faults.clear()
  for (const rule of fault.rules ?? []) world.cloud.faults.add(rule)
  const {subscription, table} = lane
  const job = startJob({subscription, table, logger, clients: world})
  const failed = job.done.then(
    () => undefined,
    (error: unknown) => error,
  )
  const broken: string[] = []
  if (fault.once) {
    await until('rows', async () => (await world.rows(lane)) > 0)
    await fault.once(world.cloud)
    await world.publish(lane, messages - first)
  }
  try {
    await allDone(world, lane, hurry && !fault.slow ? job : undefined)
  } finally {
    await job.source.drain()
  }
  const error = await failed
  if (error) broken.push(`the job failed: ${error}`)
  world.cloud.faults.clear()
  const numbers = numbersOf(job)
  const end = await outcome(world, lane, fault.name, started, broken)
  const signs = {redelivered: end.redelivered ?? 0, retries: numbers.retries, refusedAcks: refusedAcks(world, lane)}
  const sign = signs[fault.sign]
  if (!(sign > 0)) broken.push(`no sign of the fault: ${fault.sign} ${sign}`)
  return {...end, numbers}
}

function start(world: World, {subscription, table}: Lane): WorkerProcess {
  return new WorkerProcess(subscription, table, world.env)
}

async function allDone(world: World, lane: Lane, hurried?: Job): Promise<void> {
  await until('all messages in the table and acknowledged', async () => {
    if (world.unacked(lane) === 0) return true
    if (!world.isLocal) return (await world.ids(lane)) === lane.published
    // what the job has acknowledged and the service has forgotten comes again only after its deadline
    if (hurried && (await world.ids(lane)) === lane.published && numbersOf(hurried).outstanding === 0)
      world.advance(1000)
    return false
  })
}

function expired(world: World, lane: Lane): boolean {
  if (world.outstanding(lane) === 0) return true
  world.advance(1000)
  return false
}

function refusedAcks(world: World, {subscription}: Lane): number {
  const acks = world.cloud.log.of({call: 'pubsub.acknowledge', path: subscription})
  return acks.filter(({status}) => status !== 0).length
}

function sent(world: World, lane: Lane): number {
  return world.cloud.log.of({call: 'tabledata.insertAll', path: tableName(lane)}).length
}

function tableName({table}: Lane): string {
  return `/tables/${table.split('.')[1]}/`
}

async function outcome(
  world: World,
  lane: Lane,
  scenario: string,
  started: number,
  broken: string[],
): Promise<Outcome> {
  const seconds = (performance.now() - started) / 1000
  const redelivered = world.redelivered(lane)
  return {scenario, ...(await world.count(lane)), redelivered, seconds, broken}
}
