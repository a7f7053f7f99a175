import {ApiError} from '../../service/api-error.ts'
import {type Handler, ok} from '../catalog/context.ts'
import type {Dataset, Properties} from '../catalog/resources.ts'
import {invalid} from '../model/errors.ts'
import {isDatasetId, resourceName} from '../model/names.ts'
import {checkIfMatch, patchProperties, pickProperties} from './properties.ts'
import {slicePage} from './result-pages.ts'

const SETTABLE = [
  'access',
  'defaultPartitionExpirationMs',
  'defaultTableExpirationMs',
  'description',
  'friendlyName',
  'labels',
  'location',
  'maxTimeTravelHours',
  'storageBillingModel',
]

export const insertDataset: Handler = async ({catalog}, request, [project = '']) => {
  request.authorize('bigquery.datasets.create', resourceName.project(project))
  const body = await request.json<Properties & {datasetReference?: {datasetId?: unknown}}>()
  const id = checkDatasetId(body.datasetReference?.datasetId)
  return ok(resource(await catalog.createDataset(project, id, {location: 'US', ...pickProperties(body, SETTABLE)})))
}

export const getDataset: Handler = async ({catalog}, request, [project = '', id = '']) => {
  request.authorize('bigquery.datasets.get', resourceName.dataset(project, id))
  return ok(resource(catalog.dataset(project, id)))
}

export const listDatasets: Handler = async ({catalog}, request, [project = '']) => {
  request.authorize('bigquery.datasets.get', resourceName.project(project))
  const {items, nextPageToken} = slicePage(catalog.datasets(project), name => request.query.get(name))
  const datasets = items.map(dataset => {
    const {kind, id, datasetReference, labels, friendlyName, location} = resource(dataset) as Record<string, unknown>
    return {kind, id, datasetReference, labels, friendlyName, location}
  })
  return ok({kind: 'bigquery#datasetList', etag: 'list', ...(datasets.length > 0 && {datasets}), nextPageToken})
}

export const patchDataset: Handler = async ({catalog}, request, [project = '', id = '']) => {
  request.authorize('bigquery.datasets.update', resourceName.dataset(project, id))
  const dataset = catalog.dataset(project, id)
  const body = await request.json<Properties>()
  await catalog.update(dataset, () => {
    checkIfMatch(request, dataset.etag)
    if (body.location && body.location !== dataset.properties.location)
      throw invalid('Dataset location cannot be changed.')
    return {properties: patchProperties(dataset.properties, body, SETTABLE)}
  })
  return ok(resource(dataset))
}

export const deleteDataset: Handler = async ({catalog}, request, [project = '', id = '']) => {
  request.authorize('bigquery.datasets.delete', resourceName.dataset(project, id))
  const dataset = catalog.dataset(project, id)
  if (dataset.tables.size > 0 && request.query.get('deleteContents') !== 'true')
    throw new ApiError(400, 'resourceInUse', `Dataset ${project}:${id} is still in use`)
  await catalog.deleteDataset(dataset)
  return {status: 204}
}

/** 400 invalid for a bad dataset id. */
export function checkDatasetId(id: unknown): string {
  if (isDatasetId(id)) return id
  throw invalid(
    `Invalid dataset ID "${String(id)}". Dataset IDs must be alphanumeric (plus underscores) and must be at most 1024 characters long.`,
  )
}

function resource(dataset: Dataset): object {
  return {
    kind: 'bigquery#dataset',
    etag: dataset.etag,
    id: `${dataset.project}:${dataset.id}`,
    datasetReference: {projectId: dataset.project, datasetId: dataset.id},
    creationTime: String(dataset.created),
    lastModifiedTime: String(dataset.modified),
    type: 'DEFAULT',
    ...dataset.properties,
  }
}
