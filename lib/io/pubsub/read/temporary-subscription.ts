import {randomBytes} from 'node:crypto'
import type {Logger} from '../../../core/index.ts'
import {messageOf} from '../../../errors/index.ts'
import type {PubSubPort} from '../service/pubsub-port.ts'

/** Makes a subscription of a topic for one run; the service itself deletes it after a day without use, should we not. */
export async function subscribeTo(port: PubSubPort, topic: string, stage: string, logger: Logger): Promise<string> {
  const [, project, , id] = topic.split('/')
  const name = `projects/${project}/subscriptions/sluice-${id!.slice(0, 200)}-${randomBytes(6).toString('hex')}`
  await port.createTemporarySubscription(name, topic)
  logger.warn(
    `${stage} reads ${topic} over a temporary subscription (${name}): messages that are published while this job is not ` +
      'running are not seen; to miss none, create a subscription and read that',
    {stage},
  )
  return name
}

/** Deletes it at the end of the run, also of one that failed. */
export async function unsubscribe(port: PubSubPort, name: string, stage: string, logger: Logger): Promise<void> {
  try {
    await port.deleteSubscription(name)
  } catch (error) {
    logger.warn(
      `${stage}: the temporary subscription ${name} could not be deleted (${messageOf(error)}); it expires in a day`,
      {stage},
    )
  }
}
