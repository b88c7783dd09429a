/** Whether the database can hold a text: PostgreSQL takes no NUL and no half surrogate pairs. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}
