/** Name of the trailer in which gRPC carries a serialized `google.rpc.Status`. */
export const DETAILS_TRAILER = 'grpc-status-details-bin'

const DOMAIN = 'pubsub.googleapis.com'
const INFO_TYPE = 'type.googleapis.com/google.rpc.ErrorInfo'

/**
 * A `google.rpc.Status` with one `ErrorInfo`, serialized. Written by hand: its definition comes with no package that the
 * local cloud needs otherwise, and four kinds of fields are all there is.
 */
export function statusWithErrorInfo(
  code: number,
  message: string,
  reason: string,
  metadata: ReadonlyMap<string, string>,
): Buffer {
  const entries = [...metadata].map(([key, value]) => bytesField(3, [textField(1, key), textField(2, value)]))
  const info = [textField(1, reason), textField(2, DOMAIN), ...entries]
  const any = [textField(1, INFO_TYPE), bytesField(2, info)]
  return Buffer.concat([Buffer.from([0x08]), varint(code), textField(2, message), bytesField(3, any)])
}

function textField(number: number, text: string): Buffer {
  return bytesField(number, [Buffer.from(text)])
}

function bytesField(number: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(body.length), body])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  bytes.push(rest)
  return Buffer.from(bytes)
}
