import {readFileSync} from 'node:fs'
import type {LocalCloud} from '../emulators/index.ts'

const VARIABLES = ['STORAGE_EMULATOR_HOST', 'BIGQUERY_EMULATOR_HOST', 'PUBSUB_EMULATOR_HOST']

/** Told before anything is read: where a job is going to read and write. */
export function targetText(cloud: LocalCloud | undefined): string {
  if (cloud) return `local, ${cloud.dir}`
  const set = VARIABLES.filter(name => process.env[name])
  if (set.length > 0) return `emulators, ${set.map(name => `${name}=${process.env[name]}`).join(' ')}`
  const project = process.env['GOOGLE_CLOUD_PROJECT'] || process.env['GCLOUD_PROJECT'] || projectOfKey()
  return `Google Cloud, ${project ? `project ${project}` : 'the project of the credentials'}`
}

/** The project that a key file names; nothing is asked over the network here. */
function projectOfKey(): string | undefined {
  const file = process.env['GOOGLE_APPLICATION_CREDENTIALS']
  if (!file) return undefined
  try {
    const {project_id: project} = JSON.parse(readFileSync(file, 'utf8')) as {project_id?: unknown}
    return typeof project === 'string' ? project : undefined
  } catch {
    // the connectors will say what is wrong with it
    return undefined
  }
}
