// Every fault of Pub/Sub and BigQuery that docs/local-cloud.md lists and a streaming job can meet.
import type {FaultRule, LocalCloud} from 'sluice/emulators'

export interface Fault {
  name: string
  /** The rules that make it, for one subscription and one table. */
  rules?: readonly FaultRule[]
  /** Done once, in mid-stream. */
  once?: (cloud: LocalCloud) => Promise<void> | void
  /** The subscription must have exactly-once delivery. */
  exactlyOnce?: boolean
  /** The count, of the job or of the service, that shows that the fault occurred. */
  sign: 'redelivered' | 'retries' | 'refusedAcks'
  /** Cannot be hurried by moving the local cloud's clock: leases are extended in real time. */
  slow?: boolean
}

/** gRPC codes with which a stream may end and be opened again. */
const CODES = [14, 13, 10, 8, 4, 2]
const insertAll = (rule: Omit<FaultRule, 'match'>): FaultRule => ({match: {call: 'tabledata.insertAll'}, ...rule})
const pubsub = (call: string, rule: Omit<FaultRule, 'match'>): FaultRule => ({match: {call: `pubsub.${call}`}, ...rule})

export const FAULTS: readonly Fault[] = [
  {
    name: 'duplicate delivery',
    rules: [pubsub('deliver', {every: 10, do: {kind: 'duplicate'}})],
    sign: 'redelivered',
  },
  {
    name: 'redelivery after ack',
    rules: [pubsub('ack', {every: 20, do: {kind: 'redeliverAfterAck'}})],
    sign: 'redelivered',
  },
  {
    name: 'dropped acks',
    rules: [pubsub('ack', {every: 20, do: {kind: 'dropAck'}})],
    sign: 'redelivered',
  },
  {
    name: 'early expiry',
    rules: [
      pubsub('deliver', {every: 20, do: {kind: 'expireLease', afterMs: 50}}),
      insertAll({nth: [1, 2, 3], do: {kind: 'delay', ms: 300}}),
    ],
    sign: 'redelivered',
  },
  {
    name: 'streams ended with codes',
    rules: CODES.map((status, i) => pubsub('deliver', {nth: 20 + 30 * i, do: {kind: 'endStream', status}})),
    sign: 'retries',
  },
  {
    name: 'refused opens',
    rules: [pubsub('streamingPull', {nth: [1, 2, 3], do: {kind: 'status', status: 14}})],
    sign: 'retries',
  },
  {
    name: 'restart on the same port',
    // acknowledgements are still to come when it happens
    rules: [insertAll({every: 2, do: {kind: 'delay', ms: 200}})],
    once: cloud => cloud.pubsub.restart(),
    sign: 'retries',
  },
  {
    name: 'acknowledge UNAVAILABLE',
    rules: [pubsub('acknowledge', {nth: [1, 2], do: {kind: 'status', status: 14}})],
    sign: 'retries',
  },
  {
    name: 'modifyAckDeadline UNAVAILABLE',
    rules: [
      pubsub('modifyAckDeadline', {nth: 1, do: {kind: 'status', status: 14}}),
      // longer than leases last without being extended
      insertAll({nth: [1, 2], do: {kind: 'delay', ms: 7000}}),
    ],
    sign: 'retries',
    slow: true,
  },
  {
    name: 'acknowledge: done, answer lost',
    rules: [pubsub('acknowledge', {nth: 1, do: {kind: 'commitThenFail'}})],
    sign: 'retries',
  },
  {
    name: 'exactly-once: acks refused',
    rules: [pubsub('ack', {every: 20, do: {kind: 'ackFailure'}})],
    exactlyOnce: true,
    sign: 'refusedAcks',
  },
  {
    name: 'insertAll: done, answer lost',
    rules: [insertAll({nth: 1, do: {kind: 'commitThenFail', with: 'reset'}})],
    sign: 'retries',
  },
]

/** BigQuery is slow at times, fails at times, and sometimes stores a row without reporting it. */
export function badBigQuery(path: string): readonly FaultRule[] {
  const match = {call: 'tabledata.insertAll', path}
  return [
    {match, every: 3, do: {kind: 'delay', ms: 100}},
    {match, probability: 0.05, seed: 2, do: {kind: 'status', status: 503}},
    {match, probability: 0.03, seed: 3, do: {kind: 'commitThenFail', with: 'reset'}},
  ]
}
