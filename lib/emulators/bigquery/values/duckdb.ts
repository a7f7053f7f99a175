import {messageOf, SluiceError} from '../../../errors/index.ts'

/** The module `@duckdb/node-api`, which is loaded only when a BigQuery service starts. */
export type Duck = typeof import('@duckdb/node-api')

/** Loads DuckDB. Throws `ERR_SLUICE_EMULATOR` when it is not installed. */
export async function loadDuckdb(): Promise<Duck> {
  try {
    return await import('@duckdb/node-api')
  } catch (cause) {
    throw new SluiceError(
      'ERR_SLUICE_EMULATOR',
      `local cloud: BigQuery needs DuckDB, which cannot be loaded (${messageOf(cause)}); run \`npm install --save-dev @duckdb/node-api\``,
      {cause},
    )
  }
}
