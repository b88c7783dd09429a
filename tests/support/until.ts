import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for what is bound to happen; a test that waits in vain ends by its time limit. */
export async function until(happened: () => unknown): Promise<void> {
  while (!(await happened())) await sleep(20)
}
