// The streaming job of the chaos and soak tests: readFromPubSub -> a DoFn -> writeToBigQuery.
import {pipeline} from 'node:stream/promises'
import type {BigQuery} from '@google-cloud/bigquery'
import type {PubSub} from '@google-cloud/pubsub'
import {DoFn, type Logger, readFromPubSub, type StageInfo, writeToBigQuery} from 'sluice'

export const MAX_OUTSTANDING = 1000

/** What a message has. */
export interface Sequenced {
  id: number
  text: string
}

class ToRow extends DoFn<Buffer, Sequenced> {
  *process(data: Buffer) {
    const {id, text}: Sequenced = JSON.parse(data.toString())
    yield {id, text}
  }
}

export interface JobOptions {
  subscription: string
  /** `'dataset.table'`, which exists. */
  table: string
  logger: Logger
  /** Ready clients; default: those of the environment. */
  clients?: {pubsub: PubSub; bigquery: BigQuery}
}

/** A running job, and its numbers. */
export interface Job {
  source: {drain(options?: {deadline?: number}): Promise<void>; info: StageInfo}
  sink: {info: StageInfo}
  /** Resolves when the drain has ended. */
  done: Promise<void>
}

export function startJob({subscription, table, logger, clients}: JobOptions): Job {
  const source = readFromPubSub({
    subscription,
    logger,
    maxOutstanding: MAX_OUTSTANDING,
    ...(clients && {client: clients.pubsub}),
  })
  const sink = writeToBigQuery<Sequenced>({
    table,
    logger,
    maxDelay: '100ms',
    requestTimeout: '15s',
    retryFor: 'forever',
    ...(clients && {client: clients.bigquery}),
  })
  return {source, sink, done: pipeline(source, new ToRow({onError: 'nack', logger}), sink)}
}

/** The numbers that a job reports. */
export interface JobNumbers {
  received: number
  acked: number
  duplicates: number
  /** Received and not settled. */
  outstanding: number
  /** Of these, handed on: never more than `maxOutstanding`. */
  inWork: number
  streams: number
  rows: number
  retries: number
}

export function numbersOf({source, sink}: Job): JobNumbers {
  const {extra} = source.info.metrics
  const number = (name: string) => extra[name] ?? 0
  const {outstanding: inWork = 0, backlog = 0} = source.info.observe?.() ?? {}
  return {
    received: number('received'),
    acked: number('acked'),
    duplicates: number('duplicates'),
    streams: number('streams'),
    retries: number('retries') + (sink.info.metrics.extra['retries'] ?? 0),
    outstanding: inWork + backlog,
    inWork,
    rows: sink.info.metrics.extra['rows'] ?? 0,
  }
}
