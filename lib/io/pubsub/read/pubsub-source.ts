import {
  atMost,
  Bundle,
  DEFAULTS,
  type Finding,
  LeasedSource,
  ListIds,
  NEVER_STARTED,
  OUTPUTS,
  stageDescriptor,
  stageOptionsOf,
  systemClock,
} from '../../../core/index.ts'
import {onAbort} from '../../../util/index.ts'
import type {HeldMessage} from '../leases/held-message.ts'
import {checkResource} from '../service/check-resource.ts'
import {connectPubSub, pubSubTarget} from '../service/pubsub-client.ts'
import type {PubSubPort} from '../service/pubsub-port.ts'
import {fullName, projectOf} from '../service/resource-names.ts'
import {toSluiceError} from '../service/to-sluice-error.ts'
import {Decoder} from './decoder.ts'
import type {PubSubReadConfig} from './options.ts'
import {CLOSE_GRACE, PullSession} from './pull-session.ts'
import {REJECTS, type Rejected, setAside} from './rejects.ts'
import {warnAtStart} from './start-warnings.ts'
import {subscribeTo, unsubscribe} from './temporary-subscription.ts'

/** How often the watermark of an idle subscription is checked, ms. */
const IDLE_TICK = 1000

/** The source behind {@link readFromPubSub}. */
export class PubSubSource<O, Tags extends object = {}> extends LeasedSource<O, Tags> {
  readonly #config: PubSubReadConfig
  readonly #decoder: Decoder
  #opening: Promise<void> | undefined
  #port: PubSubPort | undefined
  #session: PullSession | undefined
  #temporary: string | undefined
  #idPrefix = ''
  /** The bundle being handed on; in modes other than `'on-commit'` its messages include the rejects. */
  #handing: {bundle: Bundle<unknown>; messages: readonly HeldMessage[]} | undefined

  constructor(config: PubSubReadConfig) {
    const {where, options, ack, allowMixedTargets, maxOutstanding} = config
    const {subscription, topic, project, client} = options
    const leased = ack === 'on-commit'
    super(
      stageOptionsOf(options),
      stageDescriptor({
        defaultName: where,
        target: () => pubSubTarget(client),
        allowMixedTargets,
        resources: () =>
          subscription === undefined
            ? [{kind: 'topic', name: topic!, project}]
            : [{kind: 'subscription', name: subscription, project}],
        check: () => this.#check(),
        leased,
        unbounded: true,
        maxOutstanding: leased ? maxOutstanding : undefined,
        observe: () => this.#session?.observe() ?? {...(leased && {outstanding: 0})},
      }),
    )
    this.#config = config
    this.#decoder = new Decoder(config, this.info)
    if (this.#decoder.rejects) this[OUTPUTS].outlet.required.add(REJECTS)
  }

  protected override get unsettled(): number {
    return this.#session?.leases.size ?? 0
  }

  protected override giveBack(): void {
    this.#session?.leases.giveBackAll()
  }

  protected override async closeUp(): Promise<void> {
    await this.#opening?.catch(() => {})
    await this.#session?.close()
    const {name, log} = this.info
    // a service that does not answer must not delay the end
    if (this.#port && this.#temporary)
      await atMost(systemClock, CLOSE_GRACE, unsubscribe(this.#port, this.#temporary, name, log))
    await this.#port?.close()
  }

  override async *bundles(signal: AbortSignal): AsyncGenerator<Bundle<O>> {
    const forget = onAbort(signal, () => this.#session?.end())
    try {
      this.#opening = this.#open()
      await this.#opening
      const session = this.#session
      let told = Number.NEGATIVE_INFINITY
      while (session && !signal.aborted) {
        const messages = session.take(DEFAULTS.bundleValues, DEFAULTS.bundleBytes)
        const watermark = session.watermark()
        if (messages.length > 0) {
          const bundle = await this.#bundleOf(messages, watermark)
          told = watermark
          this.#handing = {bundle, messages: (bundle.leases as HeldMessage[] | undefined) ?? messages}
          yield bundle
          this.#handing = undefined
          if (this.#config.ack === 'on-read') for (const message of messages) message.release()
        } else if (watermark > told) {
          told = watermark
          yield new Bundle<O>([], {watermark})
        } else await session.wait(IDLE_TICK)
      }
    } finally {
      forget()
    }
  }

  async #check(): Promise<Finding[]> {
    const {subscription, topic, project, client} = this.#config.options
    if (subscription !== undefined) {
      const needed = ['pubsub.subscriptions.consume']
      const role = 'roles/pubsub.subscriber'
      return checkResource({kind: 'subscriptions', name: subscription, project, client, needed, role})
    }
    const needed = ['pubsub.topics.attachSubscription']
    const role = 'roles/pubsub.subscriber, and roles/pubsub.editor on the project'
    const found = 'will be made: pubsub.subscriptions.create is needed on the project'
    const temporary = {what: 'temporary subscription', found}
    return [...(await checkResource({kind: 'topics', name: topic!, project, client, needed, role})), temporary]
  }

  async #open(): Promise<void> {
    const {options, where} = this.#config
    const {info} = this
    const given = (options.subscription ?? options.topic)!
    const kind = options.subscription === undefined ? 'topics' : 'subscriptions'
    let resource = given
    try {
      const port = await connectPubSub(options.client, options.project ?? projectOf(given))
      this.#port = port
      resource = fullName(kind, given, options.project ?? projectOf(given) ?? (await port.projectId()))
      if (this.destroyed) return
      const subscription =
        kind === 'topics' ? (this.#temporary = await subscribeTo(port, resource, info.name, info.log)) : resource
      if (this.destroyed) return
      const {idAttribute} = this.#config
      // named after the topic, so that the next run over it makes the same ids
      this.#idPrefix = idAttribute === undefined ? resource : `${resource}|${idAttribute}`
      const session = new PullSession(port, subscription, this.#config, info, {
        settled: () => this.messageSettled(),
        fatal: error => this.destroy(error),
      })
      this.#session = session
      if (info.leased) warnAtStart(info, session.leases.deadline)
      session.start()
    } catch (error) {
      throw toSluiceError(info.name ?? where, kind === 'topics' ? 'subscribe' : 'connect', resource, error)
    }
  }

  /** Decodes messages into a bundle; those that can't be decoded go to the rejects, each with its lease. */
  async #bundleOf(messages: readonly HeldMessage[], watermark: number): Promise<Bundle<O>> {
    const {ack} = this.#config
    const decoder = this.#decoder
    let taken = messages
    let values: unknown[]
    if (decoder.isPlain) values = messages.map(({received}) => received.message.data)
    else {
      values = []
      const good: HeldMessage[] = []
      const bad: HeldMessage[] = []
      const rejects: Rejected[] = []
      for (const message of messages) {
        const {received, key, timestamp} = message
        const decoded = decoder.take(received, timestamp, ack === 'manual' ? message : undefined)
        if ('reject' in decoded) {
          bad.push(message)
          rejects.push({received, key, reject: decoded.reject})
        } else {
          values.push(decoded.element)
          good.push(message)
        }
      }
      if (bad.length > 0) await this.#setAside(bad, rejects)
      taken = good
    }
    return new Bundle<O>(values as O[], {
      ids: new ListIds(
        this.#idPrefix,
        taken.map(({key}) => key),
      ),
      timestamps: Float64Array.from(taken, ({timestamp}) => timestamp),
      leases: ack === 'on-commit' ? [...taken] : undefined,
      watermark,
    })
  }

  async #setAside(bad: HeldMessage[], rejects: Rejected[]): Promise<void> {
    const {ack} = this.#config
    this.info.metrics.extra['rejected'] = (this.info.metrics.extra['rejected'] ?? 0) + bad.length
    await this.emitTagged(
      REJECTS,
      setAside(this[OUTPUTS].outlet, this.#idPrefix, ack === 'on-commit' ? bad : undefined, rejects),
    )
    // nothing else can acknowledge them
    if (ack === 'manual') for (const message of bad) message.release()
  }

  /** @internal Gives back messages whose bundle had not been handed on when the source was told to end. */
  override [NEVER_STARTED](bundle: Bundle<unknown>, from: number): void {
    if (bundle.leases) for (const message of bundle.leases.slice(from) as HeldMessage[]) message.giveBack()
    else if (this.#handing?.bundle === bundle)
      for (const message of this.#handing.messages.slice(from)) message.giveBack()
  }
}
