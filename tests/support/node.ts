import { fileURLToPath } from 'node:url'

const quickStart = fileURLToPath(new URL('../../stacks/quick-start.mjs', import.meta.url))

/** What a Node is started with to run a program of the project, before the program. */
export const nodeFlags = ['--disable-warning=ExperimentalWarning', '--import', quickStart]
