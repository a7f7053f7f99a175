import {duckName} from '../catalog/catalog.ts'
import {type Handler, ok} from '../catalog/context.ts'
import {invalid, unsupported} from '../model/errors.ts'
import {quoteName, resourceName, splitDecorator} from '../model/names.ts'
import {findField} from '../model/table-field.ts'
import {timestampFormat} from '../values/encode-cell.ts'
import {partitionFilter} from './partition-filter.ts'
import {encodePage, pageRequest, pageToken} from './result-pages.ts'

/** `tabledata.list`: the rows in the order in which they came. */
export const listTableData: Handler = async ({catalog, db}, request, [project = '', dataset = '', tableId = '']) => {
  const {id, decorator} = splitDecorator(tableId)
  request.authorize('bigquery.tables.getData', resourceName.table(project, dataset, id))
  const table = catalog.table(project, dataset, id)
  const where = partitionFilter(table, decorator)
  const get = (name: string) => request.query.get(name)
  const page = pageRequest(get)
  const selected = get('selectedFields')
  const chosen = selected ? selected.split(',').map(name => name.trim()) : undefined
  if (chosen?.some(name => name.includes('.'))) throw unsupported('selectedFields inside of a RECORD')
  for (const name of chosen ?? []) if (!findField(table.fields ?? [], name)) throw invalid(`No such field: ${name}`)
  const wanted = (table.fields ?? []).filter(f => !chosen || chosen.some(c => c.toLowerCase() === f.name.toLowerCase()))
  if (wanted.length === 0) return ok({kind: 'bigquery#tableDataList', etag: table.etag, totalRows: '0'})

  const connection = await db.connect()
  try {
    // One transaction: the total and the page are of the same moment.
    await connection.run('BEGIN')
    const counted = await connection.runAndReadAll(`SELECT count(*) FROM ${duckName(table)} WHERE ${where}`)
    const total = Number(counted.getRows()[0]?.[0])
    const columns = wanted.map(field => quoteName(field.name)).join(', ')
    const result = await connection.run(
      `SELECT ${columns} FROM ${duckName(table)} WHERE ${where} LIMIT ${page.maxRows} OFFSET ${page.start}`,
    )
    const chunks = await result.fetchAllChunks()
    const timestamps = timestampFormat(name => get(`formatOptions.${name}`))
    const rows = encodePage(db.duck, result.columnTypes(), chunks, {...page, start: 0}, timestamps)
    const end = page.start + rows.length
    return ok({
      kind: 'bigquery#tableDataList',
      etag: table.etag,
      totalRows: String(total),
      ...(rows.length > 0 && {rows}),
      ...(rows.length > 0 && end < total && {pageToken: pageToken(end)}),
    })
  } finally {
    connection.closeSync()
  }
}
