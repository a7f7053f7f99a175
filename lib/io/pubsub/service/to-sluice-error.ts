import {isTransient, messageOf, SluiceError, type SluiceErrorCode} from '../../../errors/index.ts'
import {createCommand, formatDuration} from '../../../util/index.ts'
import {PubSubError} from './pubsub-error.ts'

/** Our own pause before a first retry, ms. */
export const SHORTEST_PAUSE = 100

/** The operation that failed. */
type PubSubAction = 'connect' | 'pull' | 'subscribe' | 'publish'

const PERMISSIONS: Readonly<Record<PubSubAction, string>> = {
  connect: 'pubsub.subscriptions.consume (or pubsub.topics.publish)',
  pull: 'pubsub.subscriptions.consume on the subscription (in the role roles/pubsub.subscriber)',
  subscribe:
    'pubsub.subscriptions.create in the project and pubsub.topics.attachSubscription on the topic ' +
    '(in the roles roles/pubsub.editor and roles/pubsub.subscriber)',
  publish: 'pubsub.topics.publish on the topic (in the role roles/pubsub.publisher)',
}

/** The command that creates the topic or subscription with this full name, to follow "create it". */
function createText(resource = ''): string {
  const [, project, kind, name] = /^projects\/([^/]+)\/(topics|subscriptions)\/([^/]+)$/.exec(resource) ?? []
  if (name === undefined) return ''
  const [option, flag] =
    kind === 'topics' ? ['', `--topic ${name}`] : [' --topic=TOPIC', `--subscription TOPIC:${name}`]
  const command = `gcloud pubsub ${kind} create ${name}${option} --project=${project}`
  return `: ${createCommand('PUBSUB_EMULATOR_HOST', command, flag)}`
}

/** Turns a Pub/Sub failure into an error that names the operation, the resource and the fix. */
export function toSluiceError(
  stage: string,
  action: PubSubAction,
  resource: string | undefined,
  error: unknown,
): SluiceError {
  if (error instanceof SluiceError) return error
  const what = resource ?? 'Pub/Sub'
  const said = messageOf(error)
  const make = (code: SluiceErrorCode, message: string) =>
    new SluiceError(code, `${stage}: ${message}`, {stage, cause: error})
  switch (error instanceof PubSubError ? error.kind : undefined) {
    case 'not-found':
      return make(
        'ERR_SLUICE_NOT_FOUND',
        `${what} does not exist (${said}); correct its name and project, or create it${createText(resource)}`,
      )
    case 'permission-denied':
      return make('ERR_SLUICE_PERMISSION', `access to ${what} was denied (${said}); it needs ${PERMISSIONS[action]}`)
    case 'unauthenticated':
      return make(
        'ERR_SLUICE_CREDENTIALS',
        `no usable credentials for ${what} (${said}); run \`gcloud auth application-default login\`, set ` +
          'GOOGLE_APPLICATION_CREDENTIALS, or set PUBSUB_EMULATOR_HOST for the local cloud',
      )
    case 'unreachable':
      return make(
        'ERR_SLUICE_PUBSUB',
        `Pub/Sub cannot be reached (${said}); check the network, PUBSUB_EMULATOR_HOST and the client's apiEndpoint`,
      )
    case 'precondition-failed':
      return make(
        'ERR_SLUICE_PUBSUB',
        `${what} cannot be used in its current state (${said}); a detached subscription must be recreated`,
      )
    default:
      return make('ERR_SLUICE_PUBSUB', `${action} failed for ${what}: ${said}${waitText(error)}`)
  }
}

/** Explains a retry abandoned because the server's pause was too long; a pause shorter than our own is never the cause. */
function waitText(error: unknown): string {
  if (!(error instanceof PubSubError)) return ''
  const {kind, retryAfterMs = 0} = error
  if (!isTransient(kind) || retryAfterMs <= SHORTEST_PAUSE) return ''
  return (
    `. Pub/Sub asks to wait ${formatDuration(retryAfterMs)} (RetryInfo) before the next try, longer than the rest of ` +
    '`retryFor`: run the job again after that, or raise `retryFor`'
  )
}
