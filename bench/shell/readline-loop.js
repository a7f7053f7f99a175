// The loop that one would write by hand.
import {createInterface} from 'node:readline'

for await (const line of createInterface({input: process.stdin})) {
  if (!process.stdout.write(`${JSON.stringify({x: +line})}\n`))
    await new Promise(resolve => process.stdout.once('drain', resolve))
}
