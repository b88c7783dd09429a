import { driftStates } from '../../drift/finding.ts'
import { type Checked, type Ended, type Skipped, type SweepEvent, sentence } from '../../drift/report.ts'
import { table } from './table.ts'
import { fitted, show, terminalWidth } from './terminal.ts'

/** How a sweep goes on: one line that changes on a terminal, a line for each instance elsewhere. */
export class Progress {
  readonly #out: NodeJS.WriteStream
  #total = 0
  #done = 0

  constructor(out: NodeJS.WriteStream) {
    this.#out = out
  }

  tell(event: SweepEvent): void {
    if (event.type === 'begun') this.#total = event.total
    if (event.type === 'checked' || event.type === 'skipped') this.#done++
    if (this.#out.isTTY) {
      const over = event.type === 'ended'
      this.#out.write(`\r\u001b[K${over ? '' : `${this.#done} of ${this.#total} instances`}`)
    } else if (event.type === 'checked' || event.type === 'skipped') {
      show(`${line(event)}\n`, this.#out)
    }
  }
}

/** All that needs somebody's eyes: every instance that is not clean, and below it why. */
export function tableOf(checked: Checked[]): string {
  const unclean = checked.filter(({ state }) => state !== 'clean')
  if (unclean.length === 0) return ''
  const rows = unclean.map((check) => [
    check.instance,
    check.name ?? '',
    [check.organization ?? check.organizationGuid, check.space ?? check.spaceGuid].join(' / '),
    check.state,
    ...costs(check),
  ])
  const overview = table(['INSTANCE', 'NAME', 'ORGANIZATION / SPACE', 'STATE', 'TIME', 'CPU', 'MEMORY'], rows)
  const details = unclean.map(
    (check) => `${fitted(check.name ?? check.instance, terminalWidth())}\n${reasons(check)}`,
  )
  return `\n${overview}\n${details.join('\n')}`
}

/** The closing line. */
export function summary(ended: Ended, checked: Checked[], skipped: Skipped[]): string {
  const counts = driftStates.flatMap((state) => {
    const count = checked.filter((check) => check.state === state).length
    return count > 0 ? `${count} ${state}` : []
  })
  if (skipped.length > 0) counts.push(`${skipped.length} skipped`)
  const plans = `${ended.planned} by a plan, ${ended.checked - ended.planned} by a look`
  const time = `${plans}, ${seconds(ended.durationMilliseconds)}, ${ended.cpuSeconds.toFixed(2)} CPU seconds`
  const nothing = checked.length === 0 && skipped.length > 0 ? 'Nothing could be checked.\n' : ''
  return `\n${counts.join(', ') || 'no instances'} (${time})\n${nothing}`
}

function reasons({ findings, message }: Checked): string {
  const lines = message === null ? findings.map(sentence) : message.split('\n')
  return lines.map((text) => `  ${text}\n`).join('')
}

function line(event: Checked | Skipped): string {
  const who = event.name ? `${event.instance} ${event.name}` : event.instance
  if (event.type === 'skipped') return `${who}: skipped, ${event.reason}`
  const count = event.findings.length
  const differences = count > 0 ? `, ${count} ${count === 1 ? 'difference' : 'differences'}` : ''
  const how = event.planned ? costs(event).filter(Boolean).join(', ') : 'no plan was needed'
  return `${who}: ${event.state}${differences} (${how})`
}

function costs({ durationMilliseconds, cpuSeconds, megabytes }: Checked): string[] {
  const memory = megabytes === undefined ? '' : `${megabytes} MB`
  return [seconds(durationMilliseconds), `${cpuSeconds.toFixed(2)} CPU s`, memory]
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}
