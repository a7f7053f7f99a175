import {badOption, SluiceError, show} from '../../../errors/index.ts'

/** A table as the BigQuery API addresses it. */
export interface TableReference {
  /** Project that holds the dataset; `undefined` means the project of the credentials or the environment. */
  project: string | undefined
  dataset: string
  /** Table name without decorator. */
  table: string
  /** Partition decorator with its dollar sign (`$20240131`), or `''`. */
  decorator: string
}

const SPELLINGS =
  "'table' with the option `dataset`, 'dataset.table', 'project.dataset.table' or 'project:dataset.table'"
const TABLE = /^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd}\p{Zs}]{1,1024}$/u
const DATASET = /^\w{1,1024}$/
const PROJECT = /^(?:[A-Za-z0-9.-]+:)?[A-Za-z0-9-]+$/

/**
 * Parses the name of a table in any of its spellings: `'t'` with `dataset` (and `project`), `'d.t'`, `'p.d.t'`, `'p:d.t'`;
 * a project may contain dashes and a domain (`'example.com:p.d.t'`), a table a partition decorator (`'d.t$20240131'`).
 *
 * @param where the name that its errors begin with
 * @param options `table`, and `dataset` and `project` unless `table` names them
 * @throws SluiceError `ERR_SLUICE_OPTION` when no dataset is named, a part is malformed, or two places disagree.
 *
 * @example
 * parseTableReference('orders', {table: 'p:d.t$20240131'})
 * // {project: 'p', dataset: 'd', table: 't', decorator: '$20240131'}
 */
export function parseTableReference(
  where: string,
  options: {table: unknown; dataset?: unknown; project?: unknown},
): TableReference {
  const {table: given} = options
  if (typeof given !== 'string' || given === '') throw badOption(where, 'table', given, SPELLINGS)
  const dataset = stringOption(where, 'dataset', options.dataset)
  const project = stringOption(where, 'project', options.project)

  const dollar = given.indexOf('$')
  const path = dollar < 0 ? given : given.slice(0, dollar)
  const decorator = dollar < 0 ? '' : given.slice(dollar)
  if (decorator && !/^\$\d+$/.test(decorator))
    throw badOption(where, 'table', given, "a partition decorator of digits, such as '$20240131' or '$2024013112'")

  // from the right, because only the project may contain dots and colons
  const dot = path.lastIndexOf('.')
  const left = dot < 0 ? '' : path.slice(0, dot)
  const cut = Math.max(left.lastIndexOf('.'), left.lastIndexOf(':'))
  const parts = {
    table: path.slice(dot + 1),
    dataset: dot < 0 ? undefined : left.slice(cut + 1),
    project: cut < 0 ? undefined : left.slice(0, cut),
  }
  agree(where, 'dataset', parts.dataset, dataset, given)
  agree(where, 'project', parts.project, project, given)

  const reference = {
    project: parts.project ?? project,
    dataset: parts.dataset ?? dataset,
    table: parts.table,
    decorator,
  }
  if (reference.dataset === undefined) {
    throw new SluiceError(
      'ERR_SLUICE_OPTION',
      `${where}: table ${show(given)} names no dataset; write \`table: 'my_dataset.${path}'\`, ` +
        `or add \`dataset: 'my_dataset'\``,
      {stage: where},
    )
  }
  checkParts(where, reference, given)
  return reference as TableReference
}

function checkParts(where: string, reference: Readonly<Record<string, string | undefined>>, given: string): void {
  const {project, dataset = '', table = ''} = reference
  if (!TABLE.test(table)) throw badOption(where, 'table', given, `${SPELLINGS} (without backticks)`)
  if (!DATASET.test(dataset)) throw badOption(where, 'dataset', dataset, 'letters, digits and underscores')
  if (project !== undefined && !PROJECT.test(project))
    throw badOption(where, 'project', project, "a project id such as 'my-project' or 'example.com:my-project'")
}

/** `project.dataset.table$decorator`, as in SQL. */
export function formatTable(reference: TableReference): string {
  const {project, dataset, table, decorator} = reference
  return `${project === undefined ? '' : `${project}.`}${dataset}.${table}${decorator}`
}

function stringOption(where: string, name: string, given: unknown): string | undefined {
  if (given === undefined) return undefined
  if (typeof given !== 'string' || given === '') throw badOption(where, name, given, 'a non-empty string')
  return given
}

function agree(where: string, name: string, inTable: string | undefined, option: string | undefined, given: string) {
  if (inTable === undefined || option === undefined || inTable === option) return
  throw badOption(where, name, option, `the ${name} that \`table: ${show(given)}\` names, or leave one of the two out`)
}
