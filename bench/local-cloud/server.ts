// A local Cloud Storage in a separate process: prints its URL, and exits when its standard input ends.
import {startLocalCloud} from 'sluice/emulators'

const cloud = await startLocalCloud({services: ['storage']})
process.stdin.on('end', () => void cloud.close()).resume()
process.stdout.write(`${cloud.url}\n`)
