import {randomUUID} from 'node:crypto'
import {mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import {dirname} from 'node:path'

// Synchronous: a small file takes microseconds, and a trip through the thread pool several times that.

/** The JSON value in a file; undefined if it is missing, or was cut short by a crash. */
export function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch {
    return undefined
  }
}

/** Writes a JSON value, whole or not at all; its folder is made where it is missing. */
export function writeJson(file: string, value: object): void {
  const draft = `${file}.${randomUUID()}`
  const json = JSON.stringify(value)
  try {
    try {
      writeFileSync(draft, json)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      mkdirSync(dirname(file), {recursive: true})
      writeFileSync(draft, json)
    }
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, {force: true})
    throw error
  }
}
