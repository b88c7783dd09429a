/** Whether the database can hold a text: PostgreSQL takes no NUL and no half surrogate pairs. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/** The text without what the database can't hold. */
export function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}
