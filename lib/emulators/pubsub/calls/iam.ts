import {randomBytes} from 'node:crypto'
import {grantedOf} from '../../service/granted.ts'
import type {Policy} from '../topics/policy.ts'
import type {World} from '../topics/world.ts'
import {CODE, invalid, PubSubError} from '../wire/grpc-code.ts'
import type {CallContext, Handler} from './call-context.ts'

const VERSIONS = [0, 1, 3]
const MEMBER =
  /^(allUsers|allAuthenticatedUsers|(deleted:)?(user|serviceAccount|group|domain|principal|principalSet|projectOwner|projectEditor|projectViewer):.+)$/

export const getIamPolicy: Handler<{resource: string}> = ({resource}, {world, authorize}) => {
  authorize(`pubsub.${kindOf(resource)}.getIamPolicy`, resource)
  return (
    world.policies.get(resourceOf(world, resource)) ?? {version: 0, bindings: [], etag: Buffer.from('ACAB', 'base64')}
  )
}

export const setIamPolicy: Handler<{resource: string; policy: Policy | null}> = ({resource, policy}, context) => {
  const {world, authorize} = context
  authorize(`pubsub.${kindOf(resource)}.setIamPolicy`, resource)
  const object = resourceOf(world, resource)
  if (!policy) throw invalid('The request has no policy.')
  checkPolicy(policy)
  const current = world.policies.get(object)
  if (policy.etag.length > 0 && current && !current.etag.equals(policy.etag))
    throw new PubSubError(
      CODE.ABORTED,
      'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.',
    )
  const kept = {...policy, bindings: policy.bindings.filter(({members}) => members.length > 0), etag: randomBytes(8)}
  world.policies.set(object, kept)
  return kept
}

/** Needs no permission itself; a missing resource is `NOT_FOUND`. */
export function testIamPermissions(
  {resource, permissions}: {resource: string; permissions: readonly string[]},
  {world, authorize}: CallContext,
): object {
  resourceOf(world, resource)
  return {permissions: grantedOf(permissions, name => authorize(name, resource))}
}

function checkPolicy({version, bindings}: Policy): void {
  if (!VERSIONS.includes(version)) throw invalid(`Invalid policy version ${version}: it must be 0, 1 or 3.`)
  for (const {role, members, condition} of bindings) {
    if (!/^(roles|projects\/[^/]+\/roles|organizations\/[^/]+\/roles)\/[\w.]+$/.test(role))
      throw invalid(`Role (${role}) does not exist in the resource's hierarchy.`)
    const wrong = members.find(member => !MEMBER.test(member))
    if (wrong !== undefined) throw invalid(`The member ${wrong} is of an unknown type.`)
    if (condition && version !== 3) throw invalid('A policy with conditions must have version 3.')
  }
}

function kindOf(resource: string): string {
  return resource.split('/')[2] ?? ''
}

function resourceOf(world: World, resource: string): object {
  switch (kindOf(resource)) {
    case 'topics':
      return world.topic(resource)
    case 'subscriptions':
      return world.subscription(resource)
    case 'snapshots':
      return world.snapshot(resource)
    case 'schemas':
      return world.schema(resource)
    default:
      throw invalid(
        `Invalid resource name given (name=${resource}). It must be a topic, subscription, snapshot or schema.`,
      )
  }
}
