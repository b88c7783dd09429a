import { styleText } from 'node:util'
import { command, note } from './command.ts'
import type { Finding, Verdict } from './doctor/check.ts'
import { tellJson } from './terminal/answer.ts'
import { oneLine } from './terminal/terminal.ts'

export const doctor = () =>
  command('doctor', 'Checks this installation from the outside in. It changes nothing.')
    .addHelpText(
      'after',
      note(
        'Run it with the settings of the broker, where the broker runs. It ends with 0 when nothing has failed; what could not be asked, and warnings, are no failures.',
      ),
    )
    .action(async ({ json }) => {
      const { examine } = await import('./doctor/examine.ts')
      const findings: Finding[] = []
      for await (const finding of examine(process.env)) {
        findings.push(finding)
        if (!json) process.stdout.write(shown(finding))
      }
      if (json) tellJson({ findings, ...countsOf(findings) })
      else process.stdout.write(summary(findings))
      if (findings.some(({ verdict }) => verdict === 'failed')) process.exitCode = 1
    })

const marks: Record<Verdict, string> = {
  ok: styleText('green', 'ok     '),
  warning: styleText('yellow', 'warning'),
  failed: styleText('red', 'FAILED '),
  unasked: styleText('dim', 'unasked'),
}

/** A line, and what to do below it. */
function shown({ subject, verdict, message, advice }: Finding): string {
  const line = `${marks[verdict]}  ${subject}: ${oneLine(message)}\n`
  return advice === undefined ? line : `${line}         ${oneLine(advice)}\n`
}

function countsOf(findings: Finding[]): Record<Verdict, number> {
  const count = (verdict: Verdict) => findings.filter((one) => one.verdict === verdict).length
  return { ok: count('ok'), warning: count('warning'), failed: count('failed'), unasked: count('unasked') }
}

function summary(findings: Finding[]): string {
  const { ok, warning, failed, unasked } = countsOf(findings)
  return `\n${ok} ok, ${warning} warnings, ${failed} failed, ${unasked} could not be asked.\n`
}
