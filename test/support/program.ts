import {mkdirSync, rmSync} from 'node:fs'
import {basename, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {buildSync} from 'esbuild'
import {NODE_ON_BUILT, NODE_ON_SOURCE} from './command.ts'

// below the package, so that 'sluice' and its dependencies are found
const folder = fileURLToPath(new URL(`../../.sluice/programs-${process.pid}`, import.meta.url))
const compiled = new Map<string, string>()

/** The command that runs a TypeScript program, compiled as `compiledProgram` says. */
export const programCommand = (file: string): string[] => [...NODE_ON_BUILT, compiledProgram(file)]

/**
 * A TypeScript program as JavaScript, compiled once in each process: that costs far less than a TypeScript loader in every
 * process that runs it. It imports either 'sluice', which is the built library, or files of lib/, of which it has a copy of
 * its own; not both, since these would be two libraries. Coverage runs the program itself, from source.
 */
export function compiledProgram(file: string): string {
  if (NODE_ON_BUILT === NODE_ON_SOURCE) return file
  let outfile = compiled.get(file)
  if (outfile === undefined) {
    if (compiled.size === 0) process.once('exit', () => rmSync(folder, {recursive: true, force: true}))
    mkdirSync(folder, {recursive: true})
    outfile = join(folder, `${compiled.size}-${basename(file, '.ts')}.mjs`)
    compiled.set(file, outfile)
    buildSync({
      entryPoints: [file],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20.19',
      packages: 'external',
      logLevel: 'error',
    })
  }
  return outfile
}
