import type { Settings } from '../../settings/settings.ts'

/** `unasked`: it could not be found out, for want of a right or of somebody who answers. That is no failure. */
export type Verdict = 'ok' | 'warning' | 'failed' | 'unasked'

/** One line of what `doctor` says. */
export interface Finding {
  /** The subject, in a word or two. */
  subject: string
  verdict: Verdict
  /** The finding. */
  message: string
  /** Advice, for all but `ok`. */
  advice?: string
}

/** Looks at one part of an installation. What it throws becomes a finding of verdict `failed`. */
export interface Check {
  subject: string
  /** Is left out where an earlier one, of this subject, found something amiss. */
  needs?: string
  run(settings: Settings): Promise<Finding | Finding[]> | Finding | Finding[]
}

/** Findings of one subject. */
export const about = (subject: string) => ({
  ok: (message: string): Finding => ({ subject, verdict: 'ok', message }),
  warning: (message: string, advice: string): Finding => ({ subject, verdict: 'warning', message, advice }),
  failed: (message: string, advice: string): Finding => ({ subject, verdict: 'failed', message, advice }),
  unasked: (message: string, advice: string): Finding => ({
    subject,
    verdict: 'unasked',
    message: `could not be asked: ${message}`,
    advice,
  }),
})
