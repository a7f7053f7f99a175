import {createRequire} from 'node:module'
import {pathToFileURL} from 'node:url'
import {messageOf, SluiceError} from '../../../errors/index.ts'
import type {Protobuf} from '../schemas/protobuf.ts'
import {IAM_PROTO} from './iam-proto.ts'

type Grpc = typeof import('@grpc/grpc-js')
type ProtoLoader = typeof import('@grpc/proto-loader')
type ProtoJson = Parameters<ProtoLoader['fromJSON']>[0]

const PROTOS = '@google-cloud/pubsub/build/protos/protos.json'
const GRPC = '@grpc/grpc-js'
const LOADER = '@grpc/proto-loader'

/** Where the packages are that the local Pub/Sub is made of. */
export interface GrpcFiles {
  readonly grpc: string
  readonly loader: string
  readonly protos: string
}

/** grpc, and the definitions of Pub/Sub's services and messages. */
export interface LoadedGrpc {
  readonly grpc: Grpc
  readonly definitions: ReturnType<ProtoLoader['fromJSON']>
  readonly protobuf: Protobuf
}

/**
 * Finds the packages without loading them: the two of grpc come with the Pub/Sub client, so its copies are used.
 *
 * @throws `ERR_SLUICE_EMULATOR` with what to install
 */
export function findGrpc(resolveFrom: string = import.meta.url): GrpcFiles {
  const require = createRequire(resolveFrom)
  try {
    const protos = require.resolve(PROTOS)
    const client = createRequire(protos)
    const find = (name: string) => {
      // Where packages are not hoisted, only google-gax, which the client depends on, sees them.
      for (const from of [require, client, createRequire(client.resolve('google-gax'))]) {
        try {
          return from.resolve(name)
        } catch {}
      }
      return require.resolve(name)
    }
    return {grpc: find(GRPC), loader: find(LOADER), protos}
  } catch (cause) {
    throw new SluiceError(
      'ERR_SLUICE_EMULATOR',
      `The local Pub/Sub needs the packages ${GRPC}, ${LOADER} and @google-cloud/pubsub (of which it reads the protos): ` +
        `npm install --save-dev @google-cloud/pubsub ${GRPC} ${LOADER} (${messageOf(cause).split('\n')[0]})`,
      {cause},
    )
  }
}

/** Loads them; takes some tenths of a second of CPU. */
export async function loadGrpc(files: GrpcFiles): Promise<LoadedGrpc> {
  const load = async <T>(file: string): Promise<T> => {
    const module = (await import(pathToFileURL(file).href)) as T & {default?: T}
    return module.default ?? module
  }
  const [grpc, loader] = await Promise.all([load<Grpc>(files.grpc), load<ProtoLoader>(files.loader)])
  const require = createRequire(import.meta.url)
  const json = require(files.protos) as ProtoJson
  const options = {longs: Number, enums: String, defaults: true, arrays: true, objects: true, oneofs: true}
  return {
    grpc,
    // what the loader itself parses with
    protobuf: createRequire(files.loader)('protobufjs') as Protobuf,
    definitions: {...loader.fromJSON(json, options), ...loader.fromJSON(IAM_PROTO as unknown as ProtoJson, options)},
  }
}
