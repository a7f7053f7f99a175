import {invalid} from '../wire/grpc-code.ts'

/** The ack id of one delivery of one message, opaque to callers. */
export function ackIdOf(uid: number, seq: number, delivery: number): string {
  return `sluice-${uid.toString(36)}-${seq.toString(36)}-${delivery.toString(36)}`
}

const ACK_ID = /^sluice-([0-9a-z]+)-([0-9a-z]+)-([0-9a-z]+)$/

/** The parts of an ack id; `INVALID_ARGUMENT` for anything else. */
export function parseAckId(ackId: string): {uid: number; seq: number; delivery: number} {
  const [, uid, seq, delivery] = ACK_ID.exec(ackId) ?? []
  if (delivery === undefined)
    throw invalid(`You have passed an invalid ack ID to the service (ack_id=${ackId.slice(0, 200)}).`)
  return {uid: Number.parseInt(uid!, 36), seq: Number.parseInt(seq!, 36), delivery: Number.parseInt(delivery, 36)}
}
