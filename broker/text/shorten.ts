/** The first so many characters of a text, and never half of one: JSON, terminals and databases take no halves. */
export function startOf(text: string, most: number): string {
  if (text.length <= most) return text.toWellFormed()
  // A character has two code units at most.
  return whole(characters(text.slice(0, 2 * most)).slice(0, most))
}

/** The last so many characters of a text. */
export function endOf(text: string, most: number): string {
  if (text.length <= most) return text.toWellFormed()
  return whole(characters(text.slice(-2 * most)).slice(-most))
}

/** The characters of a text as a person would count them, but for signs that are put together of several. */
export const characters = (text: string): string[] => [...text]

/** A half that was there before is replaced. */
const whole = (parts: string[]) => parts.join('').toWellFormed()
