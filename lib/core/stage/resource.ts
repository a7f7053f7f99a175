/** A Google Cloud resource that a stage names and does not create itself; `sluice run --local` creates it. */
export type Resource =
  | {readonly kind: 'bucket'; readonly name: string}
  | {readonly kind: 'dataset'; readonly name: string; readonly project: string | undefined}
  | {readonly kind: 'topic'; readonly name: string; readonly project: string | undefined}
  | {
      readonly kind: 'subscription'
      readonly name: string
      readonly project: string | undefined
      readonly topic?: string
    }
