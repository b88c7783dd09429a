/** A failure, told to users in `message` and to operators in `detail`. Neither holds secrets. */
export class ProvisionFailure extends Error {
  /** Why, without the advice: what users read while the broker tries again by itself. */
  readonly reason: string
  /** The whole story, for the log and operators. */
  readonly detail: string
  /** Whether trying again later may help without anybody doing anything. */
  readonly transient: boolean
  /** Whether the same update may be asked for again. */
  readonly repeatable: boolean

  /**
   * @param reason Plain words without a full stop at the end.
   * @param options.advice What users can do: whole sentences.
   */
  constructor(
    reason: string,
    detail: string,
    { advice, transient = false, repeatable = true }: FailureOptions = {},
  ) {
    super(advice ? `${reason}. ${advice}` : `${reason}.`)
    this.reason = reason
    this.detail = detail
    this.transient = transient
    this.repeatable = repeatable
  }
}

export interface FailureOptions {
  advice?: string | undefined
  transient?: boolean | undefined
  repeatable?: boolean | undefined
}

export const tellOperators = 'Please tell the operators of the platform.'
