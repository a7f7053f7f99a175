const BRAND = Symbol.for('sluice.emulators.api-error/1')

/** An answer that is a Google API error: `{"error": {"code", "message", "errors": [{"reason", …extra}]}}`. */
export class ApiError extends Error {
  readonly status: number
  readonly reason: string
  readonly headers: Record<string, string | number>
  readonly extra: Record<string, unknown>

  constructor(
    status: number,
    reason: string,
    message: string,
    options: {headers?: Record<string, string | number>; extra?: Record<string, unknown>} = {},
  ) {
    super(message)
    this.status = status
    this.reason = reason
    this.headers = options.headers ?? {}
    this.extra = options.extra ?? {}
    Object.defineProperty(this, BRAND, {value: true})
  }

  /** True for errors of another copy of this module as well: services are imported on demand, and some loaders then load a second copy. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && BRAND in value
  }
}
