export {pubSubTarget} from './pubsub-client.ts'
export {PubSubError, type PubSubErrorKind} from './pubsub-error.ts'
export {isPubSubMessage, PubSubMessage, type PubSubMessageParts} from './pubsub-message.ts'
