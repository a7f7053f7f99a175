import {badOption, checkOptionNames} from '../../errors/index.ts'
import type {FaultAction, FaultMatch, FaultRule} from '../service/fault-rules.ts'
import type {ServiceName} from '../service/service.ts'
import {matchesPath} from './request-log.ts'

const RULE_OPTIONS = ['match', 'nth', 'every', 'times', 'probability', 'seed', 'do']
const MATCH_OPTIONS = ['service', 'method', 'path', 'call']
/** Events of single messages: a rule for "every call" does not include them. */
const EVENTS = ['pubsub.deliver', 'pubsub.ack']
/** Actions that apply to Pub/Sub only, and the calls that they apply to. */
const PUBSUB_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  duplicate: ['pubsub.deliver'],
  expireLease: ['pubsub.deliver'],
  dropAck: ['pubsub.acknowledge', 'pubsub.ack'],
  redeliverAfterAck: ['pubsub.acknowledge', 'pubsub.ack'],
  ackFailure: ['pubsub.acknowledge', 'pubsub.ack'],
  endStream: ['pubsub.streamingPull', 'pubsub.deliver'],
}
const PUBSUB_CALL_ACTIONS = ['status', 'delay', 'hang', 'reset', 'commitThenFail']

/** A call of a service, as rules are matched against it. */
interface RoutedCall {
  readonly service: ServiceName | 'auth' | undefined
  /** `objects.media`, `pubsub.publish`. */
  readonly call: string
  /** The path, still percent-encoded. */
  readonly path: string
  /** The query as it came, with its `?`. */
  readonly search: string
}

interface Armed {
  readonly rule: FaultRule
  /** Matching requests so far. */
  seen: number
  /** Requests hit so far. */
  hits: number
  readonly random: () => number
}

/** The fault rules in force. Rules are tried in the order in which they were added, and all that hit are carried out. */
export class Faults {
  #armed: Armed[] = []

  /**
   * Adds a rule and returns a function that removes it.
   *
   * @throws `ERR_SLUICE_OPTION` for unknown option names and numbers out of range.
   * @example cloud.faults.add({match: {call: 'objects.media'}, nth: 1, do: {kind: 'reset', afterBytes: 1000}})
   */
  add(rule: FaultRule): () => void {
    check(rule)
    const armed = {rule, seen: 0, hits: 0, random: generator(rule.seed ?? 1)}
    this.#armed.push(armed)
    return () => {
      this.#armed = this.#armed.filter(other => other !== armed)
    }
  }

  /** Removes all rules. */
  clear(): void {
    this.#armed = []
  }

  /** @internal Whether there are rules, so that callers need not ask for every message when there are none. */
  get armed(): boolean {
    return this.#armed.length > 0
  }

  /** @internal Counts the request against every rule and returns the actions of those that hit it. */
  take(method: string, route: RoutedCall): FaultAction[] {
    const actions: FaultAction[] = []
    for (const armed of this.#armed) {
      if (!matches(armed.rule.match, method, route)) continue
      armed.seen++
      if (!isDue(armed)) continue
      armed.hits++
      actions.push(...[armed.rule.do].flat())
    }
    return actions
  }
}

function matches(match: FaultMatch, method: string, route: RoutedCall): boolean {
  if (match.service !== undefined && match.service !== route.service) return false
  if (match.call !== undefined && match.call !== route.call) return false
  // A rule for "every request" covers the services; a rule that is to break the token exchange must name it.
  if (route.service === 'auth' && match.service === undefined && match.call === undefined) return false
  if (EVENTS.includes(route.call) && match.call === undefined) return false
  if (match.method !== undefined && match.method.toUpperCase() !== method) return false
  return match.path === undefined || matchesPath(match.path, route.path + route.search)
}

function isDue({rule, seen, hits, random}: Armed): boolean {
  if (rule.times !== undefined && hits >= rule.times) return false
  if (rule.nth !== undefined && ![rule.nth].flat().includes(seen)) return false
  if (rule.every !== undefined && seen % rule.every !== 0) return false
  return rule.probability === undefined || random() < rule.probability
}

function check(rule: FaultRule): void {
  const where = 'faults.add'
  checkOptionNames(where, rule, RULE_OPTIONS)
  checkOptionNames(where, rule.match, MATCH_OPTIONS)
  const actions = [rule.do].flat()
  if (actions.length === 0 || actions.some(action => typeof action?.kind !== 'string'))
    throw badOption(where, 'do', rule.do, "an action such as {kind: 'status', status: 503}, or an array of them")
  for (const {kind} of actions) checkKind(rule, kind)
  for (const name of ['every', 'times'] as const) {
    const given = rule[name]
    if (given !== undefined && !(Number.isInteger(given) && given >= 1))
      throw badOption(where, name, given, 'an integer of at least 1')
  }
  if (rule.nth !== undefined && [rule.nth].flat().some(nth => !(Number.isInteger(nth) && nth >= 1)))
    throw badOption(where, 'nth', rule.nth, 'an integer of at least 1, or an array of them')
  if (rule.probability !== undefined && !(rule.probability >= 0 && rule.probability <= 1))
    throw badOption(where, 'probability', rule.probability, 'a number from 0 to 1')
}

/** A Pub/Sub fault on another call, or an HTTP fault on a gRPC call, would never have an effect. */
function checkKind({match}: FaultRule, kind: string): void {
  const calls = PUBSUB_ACTIONS[kind]
  const {call} = match
  if (calls && (call === undefined || !calls.includes(call)))
    throw badOption('faults.add', 'match.call', call, `${calls.join(' or ')}, the only calls with the fault '${kind}'`)
  if (calls || !(match.service === 'pubsub' || call?.startsWith('pubsub.'))) return
  if (!PUBSUB_CALL_ACTIONS.includes(kind) || EVENTS.includes(call ?? ''))
    throw badOption('faults.add', 'do', kind, `a fault that ${call ?? 'Pub/Sub'} has; docs/local-cloud.md lists them`)
}

/** A small seeded generator (mulberry32), so that a run with random faults can be repeated. */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
