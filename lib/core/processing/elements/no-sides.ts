import {SluiceError} from '../../../errors/index.ts'

/** Side inputs as `process` reads them. */
export interface SideReader {
  /** The views that hold for the bundle in work, by name. */
  readonly current: Readonly<Record<string, unknown>>
  /** Called between bundles: from here on `current` has the newest views, all of them at once. */
  update(): void
}

/** What `c.side` is without side inputs, and before they are there: reading one throws an error that says so. */
export const NO_SIDES: Readonly<Record<string, unknown>> = new Proxy(Object.freeze({}), {
  get(none, name) {
    // what shows a value, or tells promises from others, may ask for anything that begins so
    if (typeof name === 'symbol' || name in Object.prototype || name === 'toJSON' || name === 'then')
      return Reflect.get(none, name)
    throw new SluiceError(
      'ERR_SLUICE_SIDE_INPUT',
      `there is no side input '${name}' here: give the stage the option \`side: {${name}: asMap(…)}\`, and look at it in process() only`,
    )
  },
})
