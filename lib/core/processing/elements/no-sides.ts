import {SluiceError} from '../../../errors/index.ts'

/** Side inputs as `process` reads them. */
export interface SideReader {
  /** The views that hold for the bundle in work, by name. */
  readonly current: Readonly<Record<string, unknown>>
  /** Called between bundles: updates `current` to the newest views, all at once. */
  update(): void
}

/** `c.side` without side inputs, and before they are ready: reading one throws an error that explains it. */
export const NO_SIDES: Readonly<Record<string, unknown>> = new Proxy(Object.freeze({}), {
  get(none, name) {
    // names that inspection and promise detection look up on any object
    if (typeof name === 'symbol' || name in Object.prototype || name === 'toJSON' || name === 'then')
      return Reflect.get(none, name)
    throw new SluiceError(
      'ERR_SLUICE_SIDE_INPUT',
      `there is no side input '${name}' here: give the stage the option \`side: {${name}: asMap(…)}\`, and read it in process() only`,
    )
  },
})
