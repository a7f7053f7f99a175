import {unsupported} from '../../service/google-error.ts'
import type {ServiceReply, ServiceRequest} from '../../service/service.ts'
import {decodeSegment} from '../store/names.ts'

/** Answers `projects.serviceAccount.get`: the project's service agent, which is the one thing under `/projects` here. */
export async function serviceAccount(request: ServiceRequest): Promise<ServiceReply> {
  const {method, path} = request
  const [, project] = /^\/projects\/([^/]+)\/serviceAccount$/.exec(path) ?? []
  if (project === undefined || method !== 'GET') throw unsupported(`${method} ${path}`)
  const id = decodeSegment(project)
  request.authorize('resourcemanager.projects.get', `project ${id}`)
  const email = `service-${id}@gs-project-accounts.iam.gserviceaccount.com`
  return {status: 200, body: {kind: 'storage#serviceAccount', email_address: email}}
}
