/** Something on Google Cloud that a stage names and does not make itself; what it takes is made for `sluice run --local`. */
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
