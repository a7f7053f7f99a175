import {grantedOf} from '../../service/granted.ts'
import {type Handler, ok} from '../catalog/context.ts'
import {resourceName} from '../model/names.ts'

/** `tables.testIamPermissions`: needs no permission itself; a missing table is a 404. */
export const testTablePermissions: Handler = async ({catalog}, request, [project = '', dataset = '', id = '']) => {
  catalog.table(project, dataset, id)
  const {permissions = []} = await request.json<{permissions?: string[]}>()
  const granted = grantedOf(permissions, name => request.authorize(name, resourceName.table(project, dataset, id)))
  return ok(granted.length > 0 ? {permissions: granted} : {})
}
