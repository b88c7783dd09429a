import type { ChildProcess } from 'node:child_process'

/** Where a broker answers, as soon as it says so, to people or in JSON. @throws Error with its words when it ends before */
export function announcedUrl(broker: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const read = (chunk: Buffer) => {
      text += chunk
      const url = /The broker answers at (\S+)|"url":"([^"]+)".*"broker is ready"/
        .exec(text)
        ?.slice(1)
        .find(Boolean)
      if (!url) return
      for (const stream of [broker.stdout, broker.stderr]) stream?.off('data', read)
      resolve(url)
    }
    for (const stream of [broker.stdout, broker.stderr]) stream?.on('data', read)
    broker.once('exit', (code) => reject(new Error(`the broker ended with ${code}:\n${text}`)))
  })
}
