/** What a stage is called. Written by {@link nameStep} only, after the constructor. */
export class StageName {
  /** The step name in a Pipeline; else the option `name`, the connector's default or the class name. */
  readonly text: string
  /** True when the user or a Pipeline chose the name. */
  readonly chosen: boolean
  /** True once the stage is a step of a Pipeline. */
  readonly applied: boolean = false

  constructor(text: string, chosen: boolean) {
    this.text = text
    this.chosen = chosen
  }
}

/** Makes a stage a step of a Pipeline, under the step's name. Called once a stage, by `apply()`. */
export function nameStep({identity}: {readonly identity: StageName}, name: string): void {
  Object.assign(identity, {text: name, chosen: true, applied: true})
}
