// What the samples of the mobile game share: its events, `user,team,score,milliseconds since 1970`.
import {type DeadLetter, DoFn} from 'sluice'

export interface GameEvent {
  user: string
  team: string
  score: number
  /** When it was scored, on the player's phone. */
  at: number
}

/** Turns a line into an event. One that is broken, as phones send them, throws; `onError` decides what happens to it. */
export class ParseEvent extends DoFn<string, GameEvent, {bad: DeadLetter<string>}> {
  *process(line: string) {
    const [user, team, score, at, ...rest] = line.split(',').map(text => text.trim())
    if (!user || !team || rest.length > 0) throw new Error(`expected user,team,score,milliseconds`)
    yield {user, team, score: whole('score', score), at: whole('milliseconds', at)}
  }
}

function whole(name: string, text = ''): number {
  const value = Number(text)
  if (text === '' || !Number.isSafeInteger(value)) throw new Error(`${name} '${text}' is not an integer`)
  return value
}
