import {spawnSync} from 'node:child_process'
import {existsSync, readFileSync} from 'node:fs'
import {dirname, resolve} from 'node:path'
import {fileURLToPath} from 'node:url'
import {userFrame} from '../../errors/index.ts'

/** The most modules to check for a syntax error; each check starts a process. */
const MOST = 20

/**
 * Adds the location to a syntax error's stack. Node prints it above the stack or, for an ES module, only when nobody catches
 * the error; tsx puts it into the message. All other errors are returned unchanged.
 *
 * @param file the module that was being imported, with everything it imports
 */
export function locatedError(error: unknown, file: string): unknown {
  if (!(error instanceof Error)) return error
  const transform = /^(.+):(\d+):(\d+): ERROR: (.*)$/m.exec(error.message)
  if (transform) {
    const [, source, line, column, message] = transform
    return placed(message!, `${source}:${line}:${Number(column) + 1}`)
  }
  if (!(error instanceof SyntaxError) || userFrame(error)) return error
  const place = placeAbove(error.stack ?? '') ?? placeByCheck(file)
  return place === undefined ? error : placed(error.message, place)
}

function placed(message: string, place: string): SyntaxError {
  const error = new SyntaxError(message)
  error.stack = `SyntaxError: ${message}\n    at ${place}`
  return error
}

/** `FILE:LINE`, the lines of code, and carets below the column. */
function placeAbove(text: string): string | undefined {
  const [, given, line] = /^(.+):(\d+)\n/.exec(text) ?? []
  if (given === undefined) return undefined
  const carets = /^([ \t]*)\^+[ \t]*$/m.exec(text)
  return `${given.startsWith('file:') ? fileURLToPath(given) : given}:${line}:${(carets?.[1]?.length ?? 0) + 1}`
}

/** Asks Node to check the module and its relative imports, without running any of them. */
function placeByCheck(file: string): string | undefined {
  const files = new Set([file])
  // a Set is visited in order of insertion, additions during the walk included
  for (const each of files) {
    if (files.size > MOST) return undefined
    const place = placeAbove(spawnSync(process.execPath, ['--check', each], {encoding: 'utf8'}).stderr)
    if (place !== undefined) return place
    for (const [, name = ''] of readFileSync(each, 'utf8').matchAll(
      /(?:from|import)\s*(?:\(\s*)?['"](\.[^'"]+)['"]/g,
    )) {
      const next = resolve(dirname(each), name)
      if (existsSync(next)) files.add(next)
    }
  }
  return undefined
}
