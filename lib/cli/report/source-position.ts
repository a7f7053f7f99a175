import {existsSync, readFileSync} from 'node:fs'
import {SourceMap} from 'node:module'
import {fileURLToPath, pathToFileURL} from 'node:url'
import type {Frame} from '../../errors/index.ts'

/** The frame in the original source, if the file has a source map that knows it; else the frame itself. */
export function sourceFrame(frame: Frame): Frame {
  const map = /\.[cm]?js$/.test(frame.file) ? mapOf(frame.file) : undefined
  if (!map) return frame
  try {
    const entry = map.map.findEntry(frame.line - 1, frame.column - 1)
    if (!('originalSource' in entry)) return frame
    const file = fileURLToPath(new URL(entry.originalSource, map.base))
    return existsSync(file) ? {file, line: entry.originalLine + 1, column: entry.originalColumn + 1} : frame
  } catch {
    // a source that is not a file (`webpack://…`) helps nobody
    return frame
  }
}

/** A stack trace mapped to the original sources. */
export function sourceStack(stack: string): string {
  return stack.replace(
    /^(\s+at .*?)((?:file:\/\/)?\/[^\n()]+\.[cm]?js):(\d+):(\d+)/gm,
    (whole, before, given, line, column) => {
      const file = given.startsWith('file:') ? fileURLToPath(given) : given
      const frame = {file, line: Number(line), column: Number(column)}
      const source = sourceFrame(frame)
      return source === frame ? whole : `${before}${source.file}:${source.line}:${source.column}`
    },
  )
}

interface LoadedMap {
  readonly map: SourceMap
  /** The base that source names are relative to. */
  readonly base: URL
}

const maps = new Map<string, LoadedMap | undefined>()

function mapOf(file: string): LoadedMap | undefined {
  if (!maps.has(file)) maps.set(file, loadMap(file))
  return maps.get(file)
}

function loadMap(file: string): LoadedMap | undefined {
  try {
    const [, given] = /^\/\/[#@] ?sourceMappingURL=(\S+)\s*$/m.exec(readFileSync(file, 'utf8')) ?? []
    if (given === undefined) return undefined
    const url = new URL(given, pathToFileURL(file))
    const inline = /^data:application\/json[^,]*?(;base64)?,(.*)$/s.exec(given)
    const text = inline
      ? Buffer.from(inline[1] ? inline[2]! : decodeURIComponent(inline[2]!), inline[1] ? 'base64' : 'utf8').toString()
      : readFileSync(url, 'utf8')
    return {map: new SourceMap(JSON.parse(text)), base: inline ? pathToFileURL(file) : url}
  } catch {
    // the map is missing or malformed
    return undefined
  }
}
