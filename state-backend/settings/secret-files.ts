import { readFileSync } from 'node:fs'
import * as v from 'valibot'

/** Marks a setting as secret: its value may be in a file that `<name>_FILE` names. */
export function secret<const S extends v.GenericSchema>(schema: S) {
  return v.pipe(schema, v.metadata({ secret: true }))
}

/** The names of a schema's secret settings. */
export function secretsIn(entries: Record<string, v.GenericSchema>): string[] {
  return Object.keys(entries).filter((name) => v.getMetadata(entries[name] as v.GenericSchema).secret)
}

export interface WithSecretFiles {
  environment: NodeJS.ProcessEnv
  /** A line for each file that can't be taken. It never shows what is in one. */
  wrong: string[]
}

/**
 * The environment with what is in the files of secret settings, as systemd's credentials and Kubernetes' secrets are.
 * One line break at the end of a file is the editor's and none of the secret.
 */
export function withSecretFiles(given: NodeJS.ProcessEnv, secrets: string[]): WithSecretFiles {
  const environment = { ...given }
  const wrong: string[] = []
  for (const name of secrets) {
    const setting = `${name}_FILE`
    const path = given[setting]
    if (path === undefined) continue
    if (given[name] !== undefined) {
      wrong.push(`${name} and ${setting} are both set: take one of them out`)
      continue
    }
    const content = contentOf(path)
    if ('problem' in content) wrong.push(`${setting} ${content.problem}`)
    else environment[name] = content.text
  }
  return { environment, wrong }
}

function contentOf(path: string): { text: string } | { problem: string } {
  if (path.trim() === '') return { problem: 'must not be empty' }
  try {
    const text = readFileSync(path, 'utf8').replace(/\r?\n$/, '')
    return text.trim() === '' ? { problem: `names ${path}, which is empty` } : { text }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return { problem: `names ${path}, which can't be read (${code})` }
  }
}
