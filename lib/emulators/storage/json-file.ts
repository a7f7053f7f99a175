import {randomUUID} from 'node:crypto'
import {mkdir, readFile, rename, writeFile} from 'node:fs/promises'
import {dirname} from 'node:path'

/** The JSON value in a file; undefined if it is missing, or was cut short by a crash. */
export async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T
  } catch {
    return undefined
  }
}

/** Writes a JSON value, whole or not at all; its folder is made where it is missing. */
export async function writeJson(file: string, value: object): Promise<void> {
  const draft = `${file}.${randomUUID()}`
  const json = JSON.stringify(value)
  await writeFile(draft, json).catch(async () => {
    await mkdir(dirname(file), {recursive: true})
    await writeFile(draft, json)
  })
  await rename(draft, file)
}
