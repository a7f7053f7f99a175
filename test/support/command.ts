import {fileURLToPath} from 'node:url'

const path = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url))

/** Node with what it takes to run a TypeScript program of the tests that imports files of lib/. */
export const NODE_ON_SOURCE = [process.execPath, '--import=tsx', '--conditions=sluice:source']

/** Coverage counts only what is run from source; a built library starts several times faster. */
const built = process.env['NODE_V8_COVERAGE'] === undefined

/** Runs a TypeScript program that imports 'sluice'. */
export const NODE = built ? [process.execPath, '--import=tsx'] : NODE_ON_SOURCE

/** Runs a JavaScript program that imports 'sluice'. */
export const NODE_ON_BUILT = built ? [process.execPath] : NODE_ON_SOURCE

/** The `sluice` command. */
export const SLUICE = built
  ? [process.execPath, path('dist/cli/main.js')]
  : [...NODE_ON_SOURCE, path('lib/cli/main.ts')]

const library = (name: string) =>
  new URL(built ? `../../dist/${name}.js` : `../../lib/${name}.ts`, import.meta.url).href
/** What a module that these run imports where it does not find 'sluice' by its name. */
export const LIBRARY = library('index')
export const LIBRARY_EMULATORS = library('emulators/index')
