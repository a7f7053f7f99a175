/** How long an upload, or a copy in several calls, may take. */
export const WEEK = 7 * 24 * 3_600_000
