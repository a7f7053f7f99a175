import type {LocalCloud} from '../emulators/index.ts'
import {environmentProject} from '../util/index.ts'

const VARIABLES = ['STORAGE_EMULATOR_HOST', 'BIGQUERY_EMULATOR_HOST', 'PUBSUB_EMULATOR_HOST']

/** Told before anything is read: where a job is going to read and write. */
export function targetText(cloud: LocalCloud | undefined): string {
  if (cloud) return `local, ${cloud.dir}`
  const set = VARIABLES.filter(name => process.env[name])
  if (set.length > 0) return `emulators, ${set.map(name => `${name}=${process.env[name]}`).join(' ')}`
  const project = environmentProject()
  return `Google Cloud, ${project ? `project ${project}` : 'the project of the credentials'}`
}
