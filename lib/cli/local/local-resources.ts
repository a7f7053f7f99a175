import {cp, readdir} from 'node:fs/promises'
import {join} from 'node:path'
import type {Resource} from '../../core/index.ts'
import type {LocalCloud} from '../../emulators/index.ts'
import {messageOf} from '../../errors/index.ts'
import {UsageError} from '../report/exit.ts'

/** Flags of `sluice local` that name the resources to create. */
export interface ResourceFlags {
  bucket?: string[]
  dataset?: string[]
  topic?: string[]
  subscription?: string[]
  seed?: string
}

/** The resources that the flags name, in an order in which they can be created. */
export function resourcesOf(flags: ResourceFlags): Resource[] {
  const {bucket = [], dataset = [], topic = [], subscription = []} = flags
  return [
    ...bucket.map(name => ({kind: 'bucket', name: name.replace(/^gs:\/\//, '').replace(/\/$/, '')}) as const),
    ...dataset.map(datasetOf),
    ...topic.map(name => ({kind: 'topic', name, project: undefined}) as const),
    ...subscription.map(subscriptionOf),
  ]
}

function datasetOf(given: string): Resource {
  const [, project, name] = /^(?:(.+)[:.])?(\w+)$/.exec(given) ?? []
  if (name === undefined)
    throw new UsageError(`--dataset is '${given}'; give DATASET or PROJECT:DATASET, of letters, digits and underscores`)
  return {kind: 'dataset', name, project}
}

/** Parses `TOPIC:SUBSCRIPTION`; a full resource name has a colon only in a domain-scoped project. */
function subscriptionOf(given: string): Resource {
  const colon = given.lastIndexOf(':')
  const [topic, name] = [given.slice(0, Math.max(0, colon)), given.slice(colon + 1)]
  if (topic === '' || name === '') throw new UsageError(`--subscription is '${given}'; give TOPIC:SUBSCRIPTION`)
  return {kind: 'subscription', name, project: undefined, topic}
}

/** Creates the missing resources; resolves to the names of those it created. */
export async function createResources(cloud: LocalCloud, resources: readonly Resource[]): Promise<string[]> {
  // Google's clients read the emulator hosts and the project from the environment
  Object.assign(process.env, cloud.env)
  const made: string[] = []
  const maker = new Maker(cloud)
  try {
    for (const resource of resources)
      try {
        for (const name of await maker.make(resource)) if (!made.includes(name)) made.push(name)
      } catch (error) {
        throw new UsageError(`could not create the ${resource.kind} '${resource.name}': ${messageOf(error)}`)
      }
  } finally {
    await maker.close()
  }
  return made
}

/** Creates resources through Google's clients, each loaded when first needed. */
class Maker {
  readonly #cloud: LocalCloud
  readonly #closing: (() => Promise<void>)[] = []

  constructor(cloud: LocalCloud) {
    this.#cloud = cloud
  }

  async make(resource: Resource): Promise<string[]> {
    const {name, kind} = resource
    if (kind === 'bucket') return (await created(() => this.#bucket(name))) ? [`gs://${name}`] : []
    if (kind === 'dataset')
      return (await created(() => this.#dataset(name, resource.project))) ? [`dataset ${name}`] : []
    if (kind === 'topic') return (await created(() => this.#topic(name, resource.project))) ? [`topic ${name}`] : []
    // a subscription needs a topic; without a named one, create one to publish to
    const topic = resource.topic ?? shortName(name)
    const topics = await this.make({kind: 'topic', name: topic, project: resource.project})
    const isNew = await created(() => this.#subscription(topic, name, resource.project))
    return [...topics, ...(isNew ? [`subscription ${name}`] : [])]
  }

  async #bucket(name: string): Promise<void> {
    const {Storage} = await import('@google-cloud/storage')
    await new Storage(this.#cloud.clientOptions.storage).createBucket(name)
  }

  async #dataset(name: string, project = this.#cloud.project): Promise<void> {
    const {BigQuery} = await import('@google-cloud/bigquery')
    await new BigQuery({...this.#cloud.clientOptions.bigquery, projectId: project}).createDataset(name)
  }

  async #topic(name: string, project: string | undefined): Promise<void> {
    await (await this.#pubsub(name, project)).createTopic(name)
  }

  async #subscription(topic: string, name: string, project: string | undefined): Promise<void> {
    const client = await this.#pubsub(name, project)
    await client.topic(topic).createSubscription(name)
  }

  async #pubsub(name: string, project = this.#cloud.project) {
    const {PubSub} = await import('@google-cloud/pubsub')
    const projectId = /^projects\/([^/]+)\//.exec(name)?.[1] ?? project
    const client = new PubSub({...this.#cloud.clientOptions.pubsub, projectId})
    this.#closing.push(() => client.close())
    return client
  }

  async close(): Promise<void> {
    for (const close of this.#closing) await close()
  }
}

function shortName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

/** False if the resource already exists. */
async function created(make: () => Promise<unknown>): Promise<boolean> {
  try {
    await make()
    return true
  } catch (error) {
    const {code} = error as {code?: unknown}
    // already exists: the codes of HTTP and gRPC
    if (code === 409 || code === 6) return false
    throw error
  }
}

/**
 * Uploads the contents of `--seed DIR`: each folder becomes a bucket, and files next to them go into the one bucket named by a
 * flag. Resolves to the names of the buckets.
 */
export async function seed(cloud: LocalCloud, dir: string, buckets: readonly string[]): Promise<string[]> {
  const entries = await readdir(dir, {withFileTypes: true}).catch(error => {
    throw new UsageError(`--seed ${dir}: ${messageOf(error)}`)
  })
  const filled = new Set<string>()
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue
    const from = join(dir, entry.name)
    const bucket = entry.isDirectory() ? entry.name : buckets.length === 1 ? buckets[0] : undefined
    if (bucket === undefined)
      throw new UsageError(
        `--seed ${dir}: ${entry.name} is a file; put it into a folder named like a bucket, or name one --bucket`,
      )
    await createResources(cloud, [{kind: 'bucket', name: bucket}])
    await cp(from, join(cloud.dir, bucket, ...(entry.isDirectory() ? [] : [entry.name])), {recursive: true})
    filled.add(bucket)
  }
  return [...filled]
}
