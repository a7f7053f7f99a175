import {fileURLToPath} from 'node:url'

interface Bundle {
  bundle(outdir: string): Promise<void>
  isBuilt(): boolean
}

/** Builds dist/ before the first test if lib/ is newer, for the tests that run `sluice` as a process. */
export async function mochaGlobalSetup(): Promise<void> {
  const {bundle, isBuilt} = (await import(new URL('../../.ci/bundle.js', import.meta.url).href)) as Bundle
  if (!isBuilt()) await bundle(fileURLToPath(new URL('../../dist', import.meta.url)))
}
