/** A time as people read it: `2026-11-27 13:11:17 UTC`. @param time ISO 8601 */
export const utc = (time: string): string => `${time.slice(0, 19).replace('T', ' ')} UTC`
