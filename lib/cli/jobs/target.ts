import type {StageInfo} from '../../core/index.ts'
import {environmentProject} from '../../util/index.ts'

/** Says, before anything is read, where the stages of a job will read and write. */
export function targetText(stages: Iterable<StageInfo>, cloud: string | undefined): string {
  const targets = [...stages].flatMap(({target}) => target?.() ?? [])
  // a client supplied by the user decides for itself
  const own = new Set(targets.filter(({explicit}) => explicit).map(({service}) => service))
  const variables = new Set(targets.filter(({explicit, local}) => !explicit && local).map(({variable}) => variable))
  const real = targets.some(({explicit, local}) => !explicit && !local)
  const parts = [
    ...(cloud === undefined ? [] : [`local, ${cloud}`]),
    ...(cloud === undefined && variables.size > 0
      ? [`emulators, ${[...variables].map(name => `${name}=${process.env[name]}`).join(' ')}`]
      : []),
    ...(real ? [`Google Cloud, ${projectText()}`] : []),
    ...(own.size > 0 ? [`where the job's own clients go (${[...own].join(', ')})`] : []),
  ]
  return parts.join('; ') || 'this machine only'
}

function projectText(): string {
  const project = environmentProject()
  return project ? `project ${project}` : 'the project of the credentials'
}
