import { fileURLToPath } from 'node:url'

const quickStart = fileURLToPath(new URL('../../stacks/quick-start.mjs', import.meta.url))

/** The options of Node for a program of the project, to stand before the program. */
export const nodeFlags = ['--disable-warning=ExperimentalWarning', '--import', quickStart]
