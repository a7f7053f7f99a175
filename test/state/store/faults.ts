import {type FileHandle, open, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

/** The methods of files; their class has no name to import it by. */
async function fileMethods(): Promise<FileHandle> {
  const path = join(tmpdir(), `sluice-probe-${process.pid}`)
  const probe = await open(path, 'w')
  await probe.close()
  await rm(path)
  return Object.getPrototypeOf(probe) as FileHandle
}

/** Calls `work` while every call of this method of a file after the first `count` fails. */
export async function failing<T>(
  method: 'write' | 'read',
  count: number,
  code: string,
  work: () => Promise<T>,
): Promise<T> {
  const methods = await fileMethods()
  const original = methods[method] as (...args: unknown[]) => unknown
  let left = count
  methods[method] = function (this: FileHandle, ...args: unknown[]) {
    if (left-- > 0) return original.apply(this, args)
    return Promise.reject(Object.assign(new Error(`${code}: injected, ${method}`), {code}))
  } as never
  try {
    return await work()
  } finally {
    methods[method] = original as never
  }
}
