import { bare } from './command.ts'

export const start = () =>
  bare(
    'start',
    'Starts a broker. It takes the settings of the environment, and ends with SIGTERM or Ctrl-C.',
  ).action(async () => {
    await import('../main.ts')
  })
