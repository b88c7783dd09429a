import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's own directory, whatever directory the setup is called from. */
export const project = fileURLToPath(new URL('../..', import.meta.url))

/** Where npm links the programs of the packages, and the first place where npm's scripts look for one. */
export const bin = join(project, 'node_modules', '.bin')

/** The directories of the machine's own programs: the PATH without those that npm puts before it. */
export const machinePath = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((directory) => !directory.endsWith(join('node_modules', '.bin')))
