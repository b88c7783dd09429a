/** `1 node`, `3 nodes`. @param one in the singular */
export const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`
