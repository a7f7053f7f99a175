import {readFileSync} from 'node:fs'

/** In order of precedence; Google's libraries accept the lower-case ones, too. */
const VARIABLES = ['GOOGLE_CLOUD_PROJECT', 'GCLOUD_PROJECT', 'google_cloud_project', 'gcloud_project']

/** The Google Cloud project named by an environment variable. */
export function projectVariable(): string | undefined {
  for (const name of VARIABLES) if (process.env[name]) return process.env[name]
  return undefined
}

/** The Google Cloud project named by the environment: by a variable, else by the key file. Makes no request. */
export function environmentProject(): string | undefined {
  const named = projectVariable()
  if (named !== undefined) return named
  const file = process.env['GOOGLE_APPLICATION_CREDENTIALS']
  if (!file) return undefined
  try {
    const {project_id: project} = JSON.parse(readFileSync(file, 'utf8')) as {project_id?: unknown}
    return typeof project === 'string' && project !== '' ? project : undefined
  } catch {
    // the connectors report what is wrong with the key file
    return undefined
  }
}
