import {toMs, type WireReceived} from '../wire/wire.ts'
import type {PushConfig} from './push-config.ts'

/** One push: what is sent to the endpoint. */
interface PushRequest {
  readonly headers: Record<string, string>
  readonly body: Buffer | string
}

/** Makes the request that pushes a message, as Google's page on push subscriptions shows it. */
export function pushRequest(received: WireReceived, subscription: string, {oidc, raw}: PushConfig): PushRequest {
  const {data, attributes, messageId, publishTime, orderingKey} = received.message
  const time = new Date(toMs(publishTime) ?? 0).toISOString()
  const attempt = received.deliveryAttempt
  const authorization: Record<string, string> = oidc ? {authorization: `Bearer ${unsigned(oidc, time)}`} : {}
  if (raw) {
    const metadata: Record<string, string> = {
      'x-goog-pubsub-subscription-name': subscription,
      'x-goog-pubsub-message-id': messageId,
      'x-goog-pubsub-publish-time': time,
      ...(orderingKey !== '' && {'x-goog-pubsub-ordering-key': orderingKey}),
      ...(attempt > 0 && {'x-goog-pubsub-delivery-attempt': String(attempt)}),
      ...attributes,
    }
    return {headers: {...authorization, ...(raw.metadata && printable(metadata))}, body: data}
  }
  const message = {
    ...(data.length > 0 && {data: Buffer.from(data).toString('base64')}),
    ...(Object.keys(attributes).length > 0 && {attributes}),
    messageId,
    message_id: messageId,
    publishTime: time,
    publish_time: time,
    ...(orderingKey !== '' && {orderingKey}),
  }
  return {
    headers: {...authorization, 'content-type': 'application/json', 'user-agent': 'CloudPubSub-Google'},
    body: JSON.stringify({message, subscription, ...(attempt > 0 && {deliveryAttempt: attempt})}),
  }
}

/** Leaves out what no header can carry. */
function printable(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name, value]) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\x7e]*$/.test(value),
    ),
  )
}

function unsigned({email, audience}: {email: string; audience: string}, time: string): string {
  const issued = Math.floor(Date.parse(time) / 1000)
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = {
    aud: audience,
    email,
    email_verified: true,
    iat: issued,
    exp: issued + 3600,
    iss: 'https://accounts.google.com',
  }
  return `${part({alg: 'none', typ: 'JWT'})}.${part(claims)}.`
}
