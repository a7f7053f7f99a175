// A local Cloud Storage in a process of its own: prints its URL, and ends when its standard input does.
import {startLocalCloud} from 'sluice/emulators'

const cloud = await startLocalCloud({services: ['storage']})
process.stdin.on('end', () => void cloud.close()).resume()
process.stdout.write(`${cloud.url}\n`)
