import {SluiceError} from '../../errors/index.ts'
import type {FileInfo, FileSystem, OpenOptions} from '../system/file-system.ts'
import {globOf, isGlob, literalPrefix, sortByName, unescapeGlob} from '../system/glob.ts'
import type {GcsFailure} from './classify-error.ts'
import type {GcsPage} from './gcs-answers.ts'
import {withRetries} from './gcs-call.ts'
import {type GcsClient, openGcs, type StorageClient} from './gcs-client.ts'
import {listPages} from './gcs-listing.ts'
import {gcsPath, parseGcsPath} from './gcs-path.ts'
import {type Contact, DEFAULT_READ_POLICY, type ReadPolicy, Retries} from './read-policy.ts'
import {resumableRead} from './resumable-read.ts'
import {toSluiceError} from './to-sluice-error.ts'

/** Objects of Cloud Storage. The first call loads the official client. */
export class GcsFiles implements FileSystem {
  readonly #given: StorageClient | undefined
  readonly #policy: ReadPolicy
  readonly #contact: Contact = {made: false}
  #opening: Promise<GcsClient> | undefined

  constructor(client?: StorageClient, policy: Partial<ReadPolicy> = {}) {
    this.#given = client
    this.#policy = {...DEFAULT_READ_POLICY, ...policy}
  }

  async match(pattern: string, signal: AbortSignal = new AbortController().signal): Promise<FileInfo[]> {
    const {bucket, name} = parseGcsPath(pattern)
    if (isGlob(name)) return this.#list(pattern, bucket, name, signal)
    const path = {bucket, name: unescapeGlob(name)}
    const client = await this.#client()
    return [
      await this.#call(
        gcsPath(path),
        signal,
        inner => client.stat(path, inner),
        failure => toSluiceError(failure, {doing: 'read', path}),
      ),
    ]
  }

  async *open(file: FileInfo, options: OpenOptions = {}): AsyncGenerator<Buffer> {
    const signal = options.signal ?? new AbortController().signal
    signal.throwIfAborted()
    yield* resumableRead(await this.#client(), file, options.start ?? 0, signal, this.#policy, this.#contact)
  }

  async #list(pattern: string, bucket: string, name: string, signal: AbortSignal): Promise<FileInfo[]> {
    const client = await this.#client()
    const prefix = literalPrefix(name)
    const glob = globOf(name, {dots: true})
    // without a further '/' in the pattern, deeper folders need not be listed
    const query = name.slice(prefix.length).includes('/') || name.includes('**') ? {prefix} : {prefix, delimiter: '/'}
    const files: FileInfo[] = []
    let seen = 0
    const call = (run: (signal: AbortSignal) => Promise<GcsPage>) =>
      this.#call(`gs://${bucket}/${prefix}…`, signal, run, failure =>
        toSluiceError(failure, {doing: 'list', bucket, pattern}),
      )
    for await (const page of listPages(client, bucket, query, call)) {
      seen += page.files.length
      for (const file of page.files) {
        const {name: found} = parseGcsPath(file.path)
        // the console creates an object 'folder/' for an empty folder
        if (!found.endsWith('/') && glob.matches(found)) files.push(file)
      }
    }
    if (files.length === 0) throw nothingMatches(pattern, bucket, prefix, seen)
    return sortByName(files)
  }

  #call<T>(
    what: string,
    signal: AbortSignal,
    run: (signal: AbortSignal) => Promise<T>,
    final: (failure: GcsFailure) => SluiceError,
  ): Promise<T> {
    return withRetries(new Retries(what, this.#policy, this.#contact), this.#policy, signal, run, final)
  }

  #client(): Promise<GcsClient> {
    this.#opening ??= openGcs(this.#given)
    return this.#opening
  }
}

function nothingMatches(pattern: string, bucket: string, prefix: string, seen: number): SluiceError {
  const begin = prefix === '' ? 'objects in it' : `names that begin with '${prefix}'`
  return new SluiceError(
    'ERR_SLUICE_NO_MATCH',
    `No object matches '${pattern}': bucket ${bucket} has ${seen === 0 ? 'no' : seen} ${begin}` +
      `${seen === 0 ? '' : ', none of which match'}. Check the pattern ('*' does not cross '/', '**' does; put a backslash ` +
      `before a glob character that is part of a name): gcloud storage ls gs://${bucket}`,
  )
}
