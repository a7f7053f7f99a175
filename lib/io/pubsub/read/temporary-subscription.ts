import {randomBytes} from 'node:crypto'
import type {Logger} from '../../../core/index.ts'
import {messageOf} from '../../../errors/index.ts'
import type {PubSubPort} from '../service/pubsub-port.ts'

/** Creates a subscription to a topic for one run; if we fail to delete it, the service does after a day without use. */
export async function subscribeTo(port: PubSubPort, topic: string, stage: string, logger: Logger): Promise<string> {
  const [, project, , id] = topic.split('/')
  const name = `projects/${project}/subscriptions/sluice-${id!.slice(0, 200)}-${randomBytes(6).toString('hex')}`
  await port.createTemporarySubscription(name, topic)
  logger.warn(
    `${stage} reads ${topic} through a temporary subscription (${name}): it misses messages published while this job is not ` +
      'running; to receive them all, create a subscription and read from it',
    {stage},
  )
  return name
}

/** Deletes it at the end of the run, even if the run failed. */
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
