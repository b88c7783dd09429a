import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

const levels: Record<number, [name: string, style: Style]> = {
  20: ['debug', 'dim'],
  30: ['info', 'green'],
  40: ['warn', 'yellow'],
  50: ['error', 'red'],
}

/** A word that needs no quotes. Control characters of somebody's names are never printed. */
const plain = /^[\p{L}\p{N}\p{P}\p{S}]+$/u

/**
 * A line of the log as people read it on a terminal: `17:05:12 info  broker is ready  url=http://127.0.0.1:8080`,
 * with the stack of an error below.
 * @param line JSON, as pino writes it
 */
export function readable(line: string, colours: boolean): string {
  const { time, level, msg, err, ...fields } = JSON.parse(line)
  const styled = (style: Style, text: string) =>
    colours ? styleText(style, text, { validateStream: false }) : text
  const [name, style] = levels[level] ?? [String(level), 'bold' as Style]
  const clock = new Date(time).toTimeString().slice(0, 8)
  const details = Object.entries(fields).map(([key, value]) => `${key}=${word(value)}`)
  const parts = [
    styled('dim', clock),
    styled(style, name.padEnd(5)),
    safe(msg),
    styled('dim', details.join(' ')),
  ]
  const stack = err?.stack ?? err?.message
  return `${parts.filter(Boolean).join(' ')}\n${stack ? `${indented(stack)}\n` : ''}`
}

function word(value: unknown): string {
  return typeof value === 'string' && plain.test(value) ? value : JSON.stringify(value)
}

/** Without what would steer the terminal. */
function safe(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1))
}

function indented(stack: string): string {
  return stack
    .split('\n')
    .map((line) => `  ${safe(line)}`)
    .join('\n')
}
