import {mkdir, mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {badOption, checkOptionNames, integerOption, messageOf, SluiceError} from '../errors/index.ts'
import {Faults} from './faults/faults.ts'
import {RequestLog} from './faults/request-log.ts'
import {HttpServer} from './http/http-server.ts'
import {type LocalClientOptions, type LocalEnv, localCredentials, localEnv} from './local-env.ts'
import {findGrpc} from './pubsub/grpc/load-grpc.ts'
import {createPubSubService, type LocalPubSub, type PubSubOptions, type PubSubService} from './pubsub/service.ts'
import type {LocalContents} from './service/contents.ts'
import type {FaultRule} from './service/fault-rules.ts'
import type {LocalClock, Service, ServiceName} from './service/service.ts'
import {createStorageService} from './storage/service.ts'

/** Options of {@link startLocalCloud}. */
export interface LocalCloudOptions {
  /** Folder to keep the data in: objects as plain files in `DIR/<bucket>/`. Default: a temporary one, removed at close. */
  dir?: string | undefined
  /** Project id that the services answer for. Default `'local-project'`. */
  project?: string | undefined
  /** TCP port on 127.0.0.1 for all but Pub/Sub, which has one of its own. Default 0: any free one. */
  port?: number | undefined
  /** TCP port on 127.0.0.1 for Pub/Sub. Default 0: any free one. */
  grpcPort?: number | undefined
  /** The only permissions that callers have, such as `'storage.objects.get'`; everything else is a 403. Default: all. */
  permissions?: readonly string[] | undefined
  /** Fault rules in force from the start. */
  faults?: readonly FaultRule[] | undefined
  /** Clock for generations, time stamps and deduplication. Default: the system's. */
  clock?: LocalClock | undefined
  /** Services to start. Default: all, `['storage', 'bigquery', 'pubsub']`; without `'bigquery'` DuckDB is not needed. */
  services?: readonly ServiceName[] | undefined
}

/** A running local cloud. */
export interface LocalCloud {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  /** The folder that holds the data. */
  readonly dir: string
  readonly project: string
  /** Environment variables for processes (or clients constructed later) that shall use the local cloud. */
  readonly env: LocalEnv
  /** Options for `new Storage(…)`, `new BigQuery(…)` and `new PubSub(…)`, where setting environment variables is not wanted. */
  readonly clientOptions: LocalClientOptions
  /** The granted permissions, undefined for all; may be set at any time, for example after arranging data. */
  permissions: readonly string[] | undefined
  /** The fault rules in force. */
  readonly faults: Faults
  /** Pub/Sub's own controls: its address, time, streams, restart. */
  readonly pubsub: LocalPubSub
  /** Every request received. */
  readonly log: RequestLog
  /** What is in it: buckets, tables, topics and subscriptions. */
  contents(): Promise<LocalContents>
  /**
   * Back to the start: deletes all that came through the API (not the files that a person put into `dir`), restores
   * the faults and permissions given at the start, empties the log.
   */
  reset(): Promise<void>
  /** Closes every connection, including hanging ones, and frees the port and the files. Further calls have no effect. */
  close(): Promise<void>
}

const WHERE = 'startLocalCloud'
const OPTIONS = ['dir', 'project', 'port', 'grpcPort', 'permissions', 'faults', 'clock', 'services']
const SERVICES: readonly ServiceName[] = ['storage', 'bigquery', 'pubsub']

/**
 * Starts a stand-in for Cloud Storage, BigQuery and Pub/Sub on 127.0.0.1, to which the official clients talk unchanged.
 * `docs/local-cloud.md` lists what it does, and on what authority.
 *
 * @throws `ERR_SLUICE_OPTION` for a bad option; `ERR_SLUICE_EMULATOR` when the port is taken, the folder is in use, or
 * DuckDB, or for a named `'pubsub'` grpc or the Pub/Sub client, is not installed.
 * @example
 * const cloud = await startLocalCloud()
 * Object.assign(process.env, cloud.env)
 * await new Storage().createBucket('my-bucket')
 * await cloud.close()
 */
export async function startLocalCloud(options: LocalCloudOptions = {}): Promise<LocalCloud> {
  checkOptions(options)
  const {project = 'local-project', clock = {now: () => Date.now()}} = options
  const scratch = await mkdtemp(join(tmpdir(), 'sluice-local-'))
  const dir = options.dir === undefined ? join(scratch, 'data') : resolve(options.dir)
  const services = new Map<ServiceName, Service>()
  const faults = new Faults()
  const log = new RequestLog()
  const granted: Granted = {permissions: options.permissions}
  const server = new HttpServer({project, clock, services, faults, log, permissions: () => granted.permissions})
  let pubsub: PubSubService | undefined
  const close = async () => {
    await server.close()
    await pubsub?.close()
    for (const service of services.values()) await service.close()
    await rm(scratch, {recursive: true, force: true})
  }
  try {
    arm(faults, options.faults)
    await makeFolder(dir)
    const grpc = grpcFor(options.services)
    for (const name of options.services ?? SERVICES)
      if (name !== 'pubsub') services.set(name, await startService(name, dir, project, clock))
    await server.listen(options.port ?? 0)
    const port = options.grpcPort ?? 0
    const running = await createPubSubService({clock, port, grpc, faults, log, permissions: () => granted.permissions})
    pubsub = running
    const {url} = server
    const env = await localEnv(url, running.host, project, scratch)
    return cloudOf({options, url, dir, project, env, services, pubsub: running, faults, log, granted, close})
  } catch (error) {
    await close()
    throw error
  }
}

/** The permissions in force, which both servers ask for at each request. */
interface Granted {
  permissions: readonly string[] | undefined
}

interface Running extends Pick<LocalCloud, 'url' | 'dir' | 'project' | 'env' | 'faults' | 'log' | 'close'> {
  options: LocalCloudOptions
  services: ReadonlyMap<ServiceName, Service>
  pubsub: PubSubService
  granted: Granted
}

/** The controls of services that are running. */
function cloudOf({options, services, pubsub, granted, close, ...shown}: Running): LocalCloud {
  const {url, project, faults, log} = shown
  const endpoint = {projectId: project, apiEndpoint: url}
  let closed: Promise<void> | undefined
  return {
    ...shown,
    clientOptions: {
      storage: endpoint,
      bigquery: {...endpoint, credentials: localCredentials(url)},
      pubsub: {projectId: project, apiEndpoint: pubsub.host, emulatorMode: true},
    },
    pubsub,
    get permissions() {
      return granted.permissions
    },
    set permissions(wanted) {
      checkPermissions(wanted)
      granted.permissions = wanted
    },
    contents: async () => {
      const parts = await Promise.all([...services.values()].map(service => service.contents()))
      return Object.assign({buckets: [], tables: []}, pubsub.contents(), ...parts) as LocalContents
    },
    reset: async () => {
      for (const service of services.values()) await service.reset()
      pubsub.reset()
      arm(faults, options.faults)
      granted.permissions = options.permissions
      log.clear()
    },
    close: () => (closed ??= close()),
  }
}

function arm(faults: Faults, rules: readonly FaultRule[] = []): void {
  faults.clear()
  for (const rule of rules) faults.add(rule)
}

async function makeFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, {recursive: true})
  } catch (cause) {
    throw new SluiceError('ERR_SLUICE_EMULATOR', `local cloud: ${dir} cannot be its folder: ${messageOf(cause)}`, {
      cause,
    })
  }
}

/** Where grpc is, or the error that every call gets without it. The port is open in any case, so that nothing reaches production. */
function grpcFor(services: readonly ServiceName[] | undefined): PubSubOptions['grpc'] {
  if (services && !services.includes('pubsub'))
    return {
      missing: 'local emulator: Pub/Sub, which this local cloud was started without (`services`), is not supported',
    }
  try {
    return findGrpc()
  } catch (error) {
    if (services) throw error
    // Callers who have not asked for Pub/Sub by name may not need it.
    return {missing: `local emulator: ${messageOf(error)}`}
  }
}

async function startService(name: ServiceName, dir: string, project: string, clock: LocalClock): Promise<Service> {
  if (name === 'storage') return createStorageService({dir, project, clock})
  // Loaded here only: DuckDB, an optional peer, comes with it.
  const {createBigQueryService} = await import('./bigquery/service.ts')
  // No bucket's name starts with a dot, so this folder is never taken for one.
  return createBigQueryService({dir: join(dir, '.bigquery'), project, clock})
}

function checkOptions(options: LocalCloudOptions): void {
  checkOptionNames(WHERE, options, OPTIONS)
  const {dir, project, clock, services, faults} = options
  if (dir !== undefined && (typeof dir !== 'string' || dir === ''))
    throw badOption(WHERE, 'dir', dir, 'the path of a folder')
  if (project !== undefined && !/^[a-z][a-z0-9.:-]*[a-z0-9]$/.test(project))
    throw badOption(WHERE, 'project', project, "a project id, such as 'local-project'")
  integerOption(WHERE, 'port', options.port, 0, 0, 65_535)
  integerOption(WHERE, 'grpcPort', options.grpcPort, 0, 0, 65_535)
  if (clock !== undefined && typeof clock?.now !== 'function')
    throw badOption(WHERE, 'clock', clock, 'an object with a function now() that returns milliseconds')
  if (services !== undefined && !(Array.isArray(services) && services.every(name => SERVICES.includes(name))))
    throw badOption(WHERE, 'services', services, "an array of 'storage', 'bigquery' and 'pubsub'")
  if (faults !== undefined && !Array.isArray(faults))
    throw badOption(WHERE, 'faults', faults, 'an array of fault rules')
  checkPermissions(options.permissions)
}

function checkPermissions(given: readonly string[] | undefined): void {
  const isName = (name: unknown) => typeof name === 'string' && /^[a-z]+\.[A-Za-z]+\.[A-Za-z]+$/.test(name)
  if (given === undefined || (Array.isArray(given) && given.every(isName))) return
  throw badOption(WHERE, 'permissions', given, "an array of permissions such as 'storage.objects.get', or undefined")
}
