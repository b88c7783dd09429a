/** Whether PostgreSQL can hold a text: it takes no NUL and no half surrogate pairs. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}
