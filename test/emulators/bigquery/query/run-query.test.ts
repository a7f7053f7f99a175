import {expect} from 'chai'
import type {Context} from '../../../../lib/emulators/bigquery/catalog/context.ts'
import {startQuery} from '../../../../lib/emulators/bigquery/query/run-query.ts'
import {failure} from '../fixture.ts'

/** A database that takes no notice of interrupts, as DuckDB within one value. */
function stuckContext(): {context: Context; interrupts: () => number} {
  let interrupts = 0
  const connection = {prepare: () => new Promise(() => {}), interrupt: () => interrupts++, closeSync() {}}
  const db = {connect: async () => connection, duck: {}}
  return {context: {db, catalog: {}, clock: Date} as unknown as Context, interrupts: () => interrupts}
}

const request = {
  query: 'SELECT 1',
  defaults: {project: 'p'},
  parameters: [],
  dryRun: false,
  timeoutMs: undefined,
  destination: undefined,
  authorize() {},
}

describe('startQuery', () => {
  it('ends a query that cannot be interrupted, soon after its time is over', async () => {
    const {context, interrupts} = stuckContext()
    const error = await failure(startQuery(context, {...request, timeoutMs: 100}).result)
    expect(error.message).to.equal('Job execution was cancelled: Job timed out after 0.1s')
    expect(interrupts()).to.be.greaterThan(1)
  })

  it('ends it soon after it is cancelled', async () => {
    const {result, cancel} = startQuery(stuckContext().context, request)
    cancel()
    expect((await failure(result)).message).to.match(/^Job execution was cancelled: User requested/)
  })
})
