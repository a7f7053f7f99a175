import {messageOf} from '../../../errors/index.ts'
import {DELETED_SCHEMA, parseSchema, Schema, type WireSchema} from '../schemas/schema.ts'
import {alreadyExists, invalid} from '../wire/grpc-code.ts'
import {checkName, checkProject, projectOf} from '../wire/names.ts'
import {type CallContext, type Handler, page} from './call-context.ts'

interface Paged {
  pageSize: number
  pageToken: string
  view: string
}

export const createSchema: Handler<{parent: string; schema: WireSchema | null; schemaId: string}> = (
  request,
  context,
) => {
  const {world, authorize, protobuf} = context
  authorize('pubsub.schemas.create', request.parent)
  checkProject(request.parent)
  const name = `${request.parent}/schemas/${request.schemaId}`
  checkName('schemas', name)
  if (world.schemas.has(name)) throw alreadyExists(name)
  const schema = new Schema(name, definitionOf(request.schema), world.now(), protobuf)
  world.schemas.set(name, schema)
  return schema.latest
}

export const getSchema: Handler<{name: string; view: string}> = ({name, view}, {world, authorize}) => {
  const [base, revision] = split(name)
  authorize('pubsub.schemas.get', base)
  const schema = world.schema(base)
  return shown(revision ? schema.revision(revision) : schema.latest, view === 'BASIC')
}

export const listSchemas: Handler<Paged & {parent: string}> = (request, {world, authorize}) => {
  authorize('pubsub.schemas.list', request.parent)
  checkProject(request.parent)
  const all = [...world.schemas.values()].filter(({name}) => projectOf(name) === request.parent)
  const {items, nextPageToken} = page(all, request)
  return {schemas: items.map(({latest}) => shown(latest, request.view !== 'FULL')), nextPageToken}
}

export const listSchemaRevisions: Handler<Paged & {name: string}> = (request, {world, authorize}) => {
  authorize('pubsub.schemas.listRevisions', request.name)
  const {items, nextPageToken} = page(world.schema(request.name).revisions, request)
  return {schemas: items.map(one => shown(one, request.view !== 'FULL')), nextPageToken}
}

export const commitSchema: Handler<{name: string; schema: WireSchema | null}> = (request, {world, authorize}) => {
  authorize('pubsub.schemas.commit', request.name)
  return world.schema(request.name).commit(definitionOf(request.schema), world.now())
}

export const rollbackSchema: Handler<{name: string; revisionId: string}> = (request, {world, authorize}) => {
  authorize('pubsub.schemas.rollback', request.name)
  const schema = world.schema(request.name)
  return schema.commit(schema.revision(request.revisionId), world.now())
}

export const deleteSchemaRevision: Handler<{name: string; revisionId: string}> = (request, {world, authorize}) => {
  const [base, revision] = split(request.name)
  authorize('pubsub.schemas.delete', base)
  const schema = world.schema(base)
  if (!(revision || request.revisionId)) throw invalid('The request names no revision: projects/P/schemas/S@REVISION.')
  schema.remove(revision || request.revisionId)
  return schema.latest
}

export const deleteSchema: Handler<{name: string}> = ({name}, {world, authorize}) => {
  authorize('pubsub.schemas.delete', name)
  world.schema(name)
  world.schemas.delete(name)
  // its topics stay, and take no messages
  for (const topic of world.topics.values())
    if (topic.schemaSettings?.schema === name)
      topic.wire = {...topic.wire, schemaSettings: {...topic.schemaSettings, schema: DELETED_SCHEMA}}
  return {}
}

export const validateSchema: Handler<{parent: string; schema: WireSchema | null}> = (request, context) => {
  context.authorize('pubsub.schemas.validate', request.parent)
  checkProject(request.parent)
  parseSchema(definitionOf(request.schema), context.protobuf)
  return {}
}

export const validateMessage: Handler<{
  parent: string
  name: string
  schema: WireSchema | null
  message: Buffer
  encoding: string
}> = (request, context: CallContext) => {
  const {world, authorize, protobuf} = context
  authorize('pubsub.schemas.validate', request.parent)
  const [base, revision] = split(request.name)
  const given = request.name
    ? revision
      ? world.schema(base).revision(revision)
      : world.schema(base).latest
    : definitionOf(request.schema)
  const checks = parseSchema(given, protobuf)
  if (request.encoding !== 'JSON' && request.encoding !== 'BINARY')
    throw invalid('The request has no encoding: it must be JSON or BINARY.')
  try {
    if (request.encoding === 'JSON') checks.checkJson(request.message.toString())
    else checks.checkBinary(request.message)
  } catch (error) {
    throw invalid(`Message failed schema validation: ${messageOf(error)}.`)
  }
  return {}
}

function definitionOf(schema: WireSchema | null): WireSchema {
  if (!schema) throw invalid('The request has no schema.')
  return schema
}

/** A name without and with its revision. */
function split(name: string): [base: string, revision: string] {
  const at = name.indexOf('@')
  return at < 0 ? [name, ''] : [name.slice(0, at), name.slice(at + 1)]
}

function shown(schema: WireSchema, basic: boolean): WireSchema {
  return basic ? {...schema, definition: ''} : schema
}
