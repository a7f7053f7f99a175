import {Socket} from 'node:net'

type Connect = typeof Socket.prototype.connect

/** Forbids every connection of this process; gives the hosts that were tried so far, and how to allow them again. */
export function forbidNetwork(): {tried: string[]; allow: () => void} {
  const tried: string[] = []
  const original = Socket.prototype.connect
  Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
    const [first] = args.flat() as [{host?: string; path?: string} | number | string]
    tried.push(
      typeof first === 'object' ? (first.host ?? first.path ?? 'localhost') : String(args.flat()[1] ?? 'localhost'),
    )
    process.nextTick(() => this.destroy(Object.assign(new Error('the network is forbidden'), {code: 'EACCES'})))
    return this
  } as Connect
  return {
    tried,
    allow: () => {
      Socket.prototype.connect = original
    },
  }
}
