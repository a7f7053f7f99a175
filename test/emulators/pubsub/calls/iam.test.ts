import {expect} from 'chai'
import {failure, usePubSub} from '../fixture.ts'

const BINDING = {role: 'roles/pubsub.editor', members: ['user:ada@example.com'], condition: null}

describe('local Pub/Sub: IAM policies', () => {
  const local = usePubSub()

  it('are kept for topics and subscriptions', async () => {
    for (const {iam} of [local.topic, local.subscription]) {
      expect((await iam.getPolicy())[0].bindings).to.deep.equal([])
      const [set] = await iam.setPolicy({bindings: [BINDING]} as never)
      expect(set.bindings).to.deep.equal([BINDING])
      expect((await iam.getPolicy())[0]).to.deep.equal(set)
    }
  })

  it('are not overwritten by a change of an older one', async () => {
    const {iam} = local.topic
    const [first] = await iam.setPolicy({bindings: [BINDING]} as never)
    await iam.setPolicy({...first, bindings: []} as never)
    const error = await failure(iam.setPolicy(first as never))
    expect(error.code).to.equal(10)
    expect((await iam.getPolicy())[0].bindings).to.deep.equal([])
  })

  it('go with the topic', async () => {
    await local.topic.iam.setPolicy({bindings: [BINDING]} as never)
    await local.topic.delete()
    await local.pubsub.createTopic('my-topic')
    expect((await local.topic.iam.getPolicy())[0].bindings).to.deep.equal([])
  })

  const wrong: [string, object][] = [
    ['a role of another form', {bindings: [{...BINDING, role: 'editor'}]}],
    ['a member of an unknown kind', {bindings: [{...BINDING, members: ['ada@example.com']}]}],
    ['a version that there is none of', {version: 2, bindings: []}],
    ['a condition in a policy of version 1', {version: 1, bindings: [{...BINDING, condition: {expression: 'true'}}]}],
  ]
  for (const [what, policy] of wrong)
    it(`refuse ${what}`, async () => {
      expect((await failure(local.topic.iam.setPolicy(policy as never))).code).to.equal(3)
    })

  it('need the resource, and the permission', async () => {
    expect((await failure(local.pubsub.topic('none').iam.getPolicy())).code).to.equal(5)
    local.cloud.permissions = ['pubsub.topics.getIamPolicy']
    try {
      await local.topic.iam.getPolicy()
      expect((await failure(local.topic.iam.setPolicy({bindings: []} as never))).code).to.equal(7)
    } finally {
      local.cloud.permissions = undefined
    }
  })
})
