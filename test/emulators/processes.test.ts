import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {text} from 'node:stream/consumers'
import {expect} from 'chai'
import {LIBRARY_EMULATORS, NODE_ON_BUILT} from '../support/command.ts'

/** Runs a script in a process of its own and returns how it ended and what it printed. */
async function run(script: string, ...flags: string[]): Promise<{code: number; output: string}> {
  const source = `import {startLocalCloud} from ${JSON.stringify(LIBRARY_EMULATORS)}\n${script}`
  const [command = '', ...node] = NODE_ON_BUILT
  const args = [...node, ...flags, '--input-type=module', '-e', source]
  const child = spawn(command, args, {stdio: ['ignore', 'pipe', 'inherit']})
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  return {code, output}
}

describe('startLocalCloud in a process of its own', () => {
  it('keeps nothing alive after close(), whatever hangs', async () => {
    const {code, output} = await run(`
      const cloud = await startLocalCloud({services: ['storage'], faults: [{match: {path: '/x'}, do: {kind: 'hang'}}]})
      const hanging = fetch(cloud.url + '/x').catch(() => console.log('cut'))
      await fetch(cloud.url + '/b?project=p').then(reply => reply.text())
      await cloud.close()
      await hanging
    `)
    expect({code, output}).to.deep.equal({code: 0, output: 'cut\n'})
  })

  it('loads no Google client, and no DuckDB where only storage is wanted', async () => {
    const {code} = await run(
      "const cloud = await startLocalCloud({services: ['storage']})\nawait cloud.close()",
      ...without('@google-cloud/', 'google-auth-library', '@duckdb/'),
    )
    expect(code).to.equal(0)
  })

  it('says how to install DuckDB when it is missing', async () => {
    const script = 'await startLocalCloud().catch(error => console.log(error.code, error.message))'
    const {output} = await run(script, ...without('@duckdb/'))
    expect(output).to.match(/^ERR_SLUICE_EMULATOR .*npm install --save-dev @duckdb\/node-api/)
  })
})

/** Flags for a process in which packages with these prefixes are not installed. */
function without(...prefixes: string[]): string[] {
  const hook = `export async function resolve(name, context, next) {
    if (!${JSON.stringify(prefixes)}.some(prefix => name.startsWith(prefix))) return next(name, context)
    throw Object.assign(new Error("Cannot find package '" + name + "'"), {code: 'ERR_MODULE_NOT_FOUND'})
  }`
  return ['--import', dataUrl(`import {register} from 'node:module'; register(${JSON.stringify(dataUrl(hook))})`)]
}

function dataUrl(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`
}
