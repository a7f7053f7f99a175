/** One object per content: while anyone holds it, `get` returns the same one. */
export class Interner<T extends object> {
  readonly #known = new Map<string, WeakRef<T>>()
  readonly #collected = new FinalizationRegistry<string>(key => {
    // the same content may have been interned again meanwhile
    if (this.#known.get(key)?.deref() === undefined) this.#known.delete(key)
  })

  /** Returns the object with this content, creating it with `make` if it does not exist yet. */
  get(key: string, make: () => T): T {
    const known = this.#known.get(key)?.deref()
    if (known) return known
    const made = make()
    this.#known.set(key, new WeakRef(made))
    this.#collected.register(made, key)
    return made
  }
}
