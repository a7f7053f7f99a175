import {fileURLToPath} from 'node:url'

const path = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url))

/** Node with what it takes to run a TypeScript program of the tests that imports files of lib/. */
export const NODE_ON_SOURCE = [process.execPath, '--import=tsx', '--conditions=sluice:source']

/**
 * Node with what it takes to run a TypeScript program that imports 'sluice': as built, which starts several times faster.
 * Coverage counts what is run from source only.
 */
export const NODE = process.env['NODE_V8_COVERAGE'] ? NODE_ON_SOURCE : [process.execPath, '--import=tsx']

/** The `sluice` command. */
export const SLUICE = process.env['NODE_V8_COVERAGE']
  ? [...NODE_ON_SOURCE, path('lib/cli/main.ts')]
  : [process.execPath, path('dist/cli/main.js')]

/** What a module outside this package imports where its user would write 'sluice', to be run by `SLUICE`. */
export const LIBRARY = new URL(
  process.env['NODE_V8_COVERAGE'] ? '../../lib/index.ts' : '../../dist/index.js',
  import.meta.url,
).href
