// Gives up two reads, one in mid-body and one before its answer; then nothing may keep this process alive.
import {GcsFiles} from '../../../lib/files/gcs/gcs-files.ts'

const files = new GcsFiles()
const [file] = await files.match(process.argv[2]!)

const reader = files.open(file!)
await reader.next()
await reader.return(undefined)

const abort = new AbortController()
const hanging = files.open(file!, {signal: abort.signal}).next()
setTimeout(() => abort.abort(), 100)
await hanging.catch(() => {})
