import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'

/** The environment variables with which unchanged Google clients talk to the local cloud. */
export interface LocalEnv {
  readonly STORAGE_EMULATOR_HOST: string
  readonly BIGQUERY_EMULATOR_HOST: string
  /** Without `http://`, as the Pub/Sub clients of all languages take it. */
  readonly PUBSUB_EMULATOR_HOST: string
  readonly GOOGLE_CLOUD_PROJECT: string
  readonly METADATA_SERVER_DETECTION: string
  readonly GOOGLE_APPLICATION_CREDENTIALS: string
}

/** Constructor options with which the official clients talk to the local cloud without any environment variable. */
export interface LocalClientOptions {
  readonly storage: {readonly projectId: string; readonly apiEndpoint: string}
  readonly bigquery: {
    readonly projectId: string
    readonly apiEndpoint: string
    readonly credentials: ExternalAccount
  }
  readonly pubsub: {readonly projectId: string; readonly apiEndpoint: string; readonly emulatorMode: true}
}

/** Credentials for which the client fetches its token from the local cloud. */
export interface ExternalAccount {
  readonly type: 'external_account'
  readonly audience: string
  readonly subject_token_type: string
  readonly token_url: string
  readonly credential_source: {readonly url: string}
}

/** The credentials of the local cloud at `url`. */
export function localCredentials(url: string): ExternalAccount {
  return {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/local/providers/local',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${url}/token`,
    credential_source: {url: `${url}/subject`},
  }
}

/**
 * Writes the credentials file into `folder` and returns the variables. The BigQuery client looks for credentials even
 * when its emulator variable is set: the file keeps it from finding, and sending, the user's real ones.
 */
export async function localEnv(url: string, pubsub: string, project: string, folder: string): Promise<LocalEnv> {
  const file = join(folder, 'credentials.json')
  await writeFile(file, JSON.stringify(localCredentials(url)), {mode: 0o600})
  return {
    STORAGE_EMULATOR_HOST: url,
    BIGQUERY_EMULATOR_HOST: url,
    PUBSUB_EMULATOR_HOST: pubsub,
    GOOGLE_CLOUD_PROJECT: project,
    METADATA_SERVER_DETECTION: 'none',
    GOOGLE_APPLICATION_CREDENTIALS: file,
  }
}
