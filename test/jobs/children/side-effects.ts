// Prints what importing every entry point, and running a job, has left in the process: listeners, globals, signals.
const state = () => ({
  listeners: Object.fromEntries(process.eventNames().map(name => [String(name), process.listenerCount(name)])),
  globals: Reflect.ownKeys(globalThis).map(String).sort(),
})

// Node's own fetch notes its dispatcher as a global when it is first looked at
new Headers()
const before = state()
const {create, discard, map, Pipeline} = await import('sluice')
const {prometheusPage} = await import('sluice/monitor')
await import('sluice/testing')
await import('sluice/emulators')
const imported = state()

const page = prometheusPage()
const p = new Pipeline()
p.apply('Numbers', create([1, 2]))
  .apply(
    'Double',
    map(n => n * 2),
  )
  .apply('Drop', discard())
await p.run()
page.stop()
console.log(JSON.stringify({before, imported, ran: state()}))
