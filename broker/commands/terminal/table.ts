import { fitted, terminalWidth, widthOf } from './terminal.ts'

const gap = '  '

/** A guid has as many characters. What is no longer is never cut, since it may be copied from here. */
const short = 36

/**
 * Rows under their headings, in columns as wide as they need; the last one is as long as it likes. Where that is
 * wider than the terminal, what is longest is cut. Where even that does not fit, each row becomes a few lines.
 */
export function table(headings: string[], rows: string[][], width = terminalWidth()): string {
  const all = [headings, ...rows]
  const widths = widthsOf(headings, rows, width)
  if (!widths) return rows.map((row) => block(headings, row)).join('')
  const line = (row: string[]) =>
    row
      .map((cell, column) =>
        padded(column === row.length - 1 ? cell : fitted(cell, widths[column] ?? 0), widths[column] ?? 0),
      )
      .join(gap)
      .trimEnd()
  return `${all.map(line).join('\n')}\n`
}

/** Whether a table need not become a few lines for each row. */
export const isTable = (headings: string[], rows: string[][], width = terminalWidth()) =>
  widthsOf(headings, rows, width) !== undefined

/** Of the columns; undefined when they don't fit. The last one may wrap, but not its heading. */
function widthsOf(headings: string[], rows: string[][], width: number): number[] | undefined {
  const all = [headings, ...rows]
  const needed = headings.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))))
  const widths = narrowed(needed, width - gap.length * (headings.length - 1))
  const least = widths
    .slice(0, -1)
    .reduce((sum, one) => sum + one + gap.length, (headings.at(-1) ?? '').length)
  return least > width ? undefined : widths
}

/** A row on its own: its first cell, and the others below it, each behind its heading. */
function block(headings: string[], [first = '', ...rest]: string[]): string {
  const widest = Math.max(...headings.slice(1).map(widthOf))
  const lines = rest.flatMap((cell, index) =>
    cell === '' ? [] : [`${gap}${padded(headings[index + 1] ?? '', widest)}${gap}${cell}`],
  )
  return `${[first, ...lines].join('\n')}\n`
}

const padded = (cell: string, width: number) => cell + ' '.repeat(Math.max(0, width - widthOf(cell)))

/** All columns but the last one share what there is. */
function narrowed(needed: number[], width: number): number[] {
  const widths = [...needed]
  const own = widths.slice(0, -1)
  for (;;) {
    const longest = Math.max(0, ...own)
    const tooMuch = own.reduce((sum, one) => sum + one, 0) + (widths.at(-1) ?? 0) - width
    if (tooMuch <= 0 || longest <= short) return [...own, widths.at(-1) ?? 0]
    own[own.indexOf(longest)] = Math.max(short, longest - tooMuch)
  }
}
