/** The properties that have a value: AWS leaves out what is not set, and so do the shapes that are made of its answers. */
export function defined<T extends object>(all: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as never
}
