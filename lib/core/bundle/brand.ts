/** Brand of a bundle. Registered, so that two copies of the package recognise each other's. */
export const BUNDLE: unique symbol = Symbol.for('sluice.bundle/1') as never
