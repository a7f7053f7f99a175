/** What an element made a combine function or a key throw. */
export class ElementError extends Error {
  /** The index of the element in its bundle. */
  readonly element: number

  constructor(cause: unknown, element: number) {
    super('an element failed', {cause})
    this.element = element
  }
}
