import {Encodings, type Schema, SchemaTypes, SchemaViews} from '@google-cloud/pubsub'
import {expect} from 'chai'
import {failure, usePubSub} from '../fixture.ts'

const AVRO = JSON.stringify({
  type: 'record',
  name: 'Order',
  namespace: 'shop',
  fields: [
    {name: 'id', type: 'string'},
    {name: 'total', type: ['null', 'double']},
    {name: 'lines', type: {type: 'array', items: {type: 'record', name: 'Line', fields: [{name: 'n', type: 'int'}]}}},
    {name: 'last', type: ['null', 'Line']},
    {name: 'kind', type: {type: 'enum', name: 'Kind', symbols: ['NEW', 'OLD']}},
    {name: 'tags', type: {type: 'map', values: 'long'}},
    {name: 'hash', type: {type: 'fixed', name: 'Hash', size: 2}},
    {name: 'raw', type: 'bytes'},
    {name: 'ok', type: 'boolean'},
  ],
})
const ORDER = {
  ...{id: 'a', total: {double: 2.5}, lines: [{n: 1}], last: {'shop.Line': {n: 2}}, kind: 'NEW', tags: {x: 1}},
  ...{hash: '\u00ff\u0001', raw: 'é', ok: true},
}
/** The same in Avro's binary encoding. */
const ORDER_BYTES = Buffer.from('02610200000000000004400202000204000202780200ff0102e901'.replace(/\s/g, ''), 'hex')

const PROTO = `syntax = "proto3";
package shop;
message Order {
  enum Kind { NEW = 0; OLD = 1; }
  message Line { int32 line_number = 1; }
  string id = 1; double total = 2; repeated Line lines = 3; Kind kind = 4; map<string, int64> tags = 5; bytes raw = 6; bool ok = 7;
}`

describe('local Pub/Sub: schemas', () => {
  const local = usePubSub()
  const avro = () => local.pubsub.createSchema('orders', SchemaTypes.Avro, AVRO)
  /** Bytes, since the client takes a text for base64. */
  const validate = (schema: Schema, message: string | Buffer, encoding: 'JSON' | 'BINARY') =>
    schema.validateMessage(Buffer.from(message as string) as never, encoding)
  const topicWith = async (schema: Schema, encoding: string, more = {}) => {
    const settings = {schema: await schema.getName(), encoding: encoding as never, ...more}
    const [topic] = await local.pubsub.createTopic({name: 'with-schema', schemaSettings: settings})
    const [subscription] = await topic.createSubscription('with-schema')
    return {topic, subscription}
  }
  const all = async <T>(items: AsyncIterable<T>) => {
    const found: T[] = []
    for await (const item of items) found.push(item)
    return found
  }

  it('are created, read, listed and deleted', async () => {
    const schema = await avro()
    const full = await schema.get(SchemaViews.Full)
    expect(full).to.include({name: 'projects/local-project/schemas/orders', type: 'AVRO', definition: AVRO})
    expect(full.revisionId).to.match(/^[0-9a-f]{8}$/)
    expect((await schema.get(SchemaViews.Basic)).definition).to.equal('')
    expect((await all(local.pubsub.listSchemas())).map(({name}) => name)).to.deep.equal([full.name])
    expect((await failure(avro())).code).to.equal(6)
    await schema.delete()
    expect((await failure(schema.get())).code).to.equal(5)
  })

  const wrongDefinitions: [string, string, string][] = [
    ['AVRO', '{', 'JSON'],
    ['AVRO', '{"type":"record","name":"A"}', 'without fields'],
    ['AVRO', '"Unknown"', "'Unknown' is not defined"],
    ['AVRO', '["null","null"]', 'twice'],
    ['AVRO', '{"type":"record","name":"A b","fields":[]}', 'no name'],
    ['PROTOCOL_BUFFER', 'message {', 'Invalid schema definition'],
    ['PROTOCOL_BUFFER', 'syntax = "proto3"; message A {} message B {}', 'one message at its top level'],
    ['PROTOCOL_BUFFER', 'syntax = "proto3"; message A { B b = 1; }', 'no such'],
    ['PROTOCOL_BUFFER', 'syntax = "proto3"; import "x.proto"; message A {}', 'import'],
  ]
  for (const [type, definition, said] of wrongDefinitions)
    it(`${type} ${definition} is refused`, async () => {
      const error = await failure(local.pubsub.createSchema('wrong', type as never, definition))
      expect(error.code).to.equal(3)
      expect(error.message).to.include(said)
    })

  const messages: [string, Partial<Record<keyof typeof ORDER, unknown>>, string][] = [
    ['another type', {id: 1}, '$.id must be string'],
    ['an int of more than 32 bits', {lines: [{n: 2 ** 31}]}, '$.lines[0].n must be int'],
    ['a union without the name of its branch', {total: 2.5}, '$.total must be an object'],
    ['an unknown symbol', {kind: 'NONE'}, '$.kind must be one of NEW, OLD'],
    ['a fixed of another length', {hash: '1'}, '$.hash must have 2 bytes'],
    ['bytes that are none', {raw: 'ż'}, '$.raw must be bytes'],
    ['another field', {more: 1} as object, "$ has the field 'more'"],
  ]
  for (const [what, change, said] of messages)
    it(`a message with ${what} is refused, and nothing of its request is published`, async () => {
      const {topic} = await topicWith(await avro(), Encodings.Json)
      const error = await failure(topic.publishMessage({json: {...ORDER, ...change}}))
      expect(error.code).to.equal(3)
      expect(error.message).to.include(said)
      expect(local.cloud.pubsub.stats('projects/local-project/subscriptions/with-schema')!.unacked).to.equal(0)
    })

  it('a message without a field is refused', async () => {
    const {topic} = await topicWith(await avro(), Encodings.Json)
    const {ok: _, ...rest} = ORDER
    expect((await failure(topic.publishMessage({json: rest}))).message).to.include("$ lacks the field 'ok'")
  })

  it('a message that fits goes out with the schema, its revision and the encoding', async () => {
    const schema = await avro()
    const {topic} = await topicWith(schema, Encodings.Json)
    await topic.publishMessage({json: ORDER, attributes: {a: '1'}})
    const subscription = 'projects/local-project/subscriptions/with-schema'
    const [{receivedMessages}] = await local.subscriber.pull({subscription, maxMessages: 1})
    expect(receivedMessages![0]!.message!.attributes).to.deep.equal({
      a: '1',
      googclient_schemaencoding: 'JSON',
      googclient_schemaname: 'projects/local-project/schemas/orders',
      googclient_schemarevisionid: (await schema.get()).revisionId,
    })
  })

  it('a message in binary Avro fits only whole', async () => {
    const {topic} = await topicWith(await avro(), Encodings.Binary)
    await topic.publishMessage({data: ORDER_BYTES})
    for (const data of [ORDER_BYTES.subarray(0, -1), Buffer.concat([ORDER_BYTES, Buffer.of(0)]), Buffer.from('{}')])
      expect((await failure(topic.publishMessage({data}))).code).to.equal(3)
  })

  it('messages of Protocol Buffers are checked as JSON', async () => {
    const schema = await local.pubsub.createSchema('proto', SchemaTypes.ProtocolBuffer, PROTO)
    const fits = [
      {
        id: 'a',
        total: 1,
        lines: [{lineNumber: 1}, {line_number: 2}],
        kind: 'OLD',
        tags: {x: '9007199254740993'},
        raw: 'AA==',
      },
      {total: 'NaN', kind: 1},
      {},
    ]
    for (const json of fits) await validate(schema, JSON.stringify(json), Encodings.Json)
    const wrong = [
      {id: 1},
      {more: 1},
      {kind: 'NONE'},
      {lines: {}},
      {lines: [{lineNumber: 'x'}]},
      {ok: 'true'},
      {raw: '?'},
      [],
    ]
    for (const json of wrong)
      expect((await failure(validate(schema, JSON.stringify(json), Encodings.Json))).code).to.equal(3)
  })

  it('messages of Protocol Buffers are checked as bytes', async () => {
    const schema = await local.pubsub.createSchema('proto', SchemaTypes.ProtocolBuffer, PROTO)
    await validate(schema, Buffer.from('0a0161', 'hex'), Encodings.Binary)
    expect((await failure(validate(schema, Buffer.from('0a0561', 'hex'), Encodings.Binary))).code).to.equal(3)
  })

  it('have revisions, of which a topic allows some', async () => {
    const schema = await avro()
    const client = await local.pubsub.getSchemaClient()
    const name = await schema.getName()
    const first = (await schema.get()).revisionId!
    const [second] = await client.commitSchema({name, schema: {name, type: 'AVRO', definition: '"string"'}})
    const {topic} = await topicWith(schema, Encodings.Json, {lastRevisionId: first})
    await topic.publishMessage({json: ORDER})
    expect((await failure(topic.publishMessage({data: Buffer.from('"text"')}))).code).to.equal(3)
    await topic.setMetadata({schemaSettings: {schema: name, encoding: 'JSON', lastRevisionId: second.revisionId!}})
    await topic.publishMessage({data: Buffer.from('"text"')})
    const revisions = async () => (await client.listSchemaRevisions({name}))[0].map(({revisionId}) => revisionId)
    expect(await revisions()).to.deep.equal([second.revisionId, first])
    const [third] = await client.rollbackSchema({name, revisionId: first})
    expect(third.definition).to.equal(AVRO)
    await client.deleteSchemaRevision({name: `${name}@${first}`})
    expect(await revisions()).to.deep.equal([third.revisionId, second.revisionId])
    expect((await client.getSchema({name: `${name}@${second.revisionId}`}))[0].definition).to.equal('"string"')
  })

  it('that are deleted leave a topic that takes no messages', async () => {
    const schema = await avro()
    const {topic} = await topicWith(schema, Encodings.Json)
    await schema.delete()
    expect((await topic.getMetadata())[0].schemaSettings!.schema).to.equal('_deleted-schema_')
    expect((await failure(topic.publishMessage({json: ORDER}))).message).to.include('does not exist any more')
  })

  it('are needed to make a topic with one', async () => {
    const schemaSettings = {schema: 'projects/local-project/schemas/none', encoding: 'JSON' as const}
    expect((await failure(local.pubsub.createTopic({name: 'no-schema', schemaSettings}))).code).to.equal(5)
  })
})
