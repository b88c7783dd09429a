import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const biome = join(root, 'node_modules/@biomejs/biome/bin/biome')

/** The rules of `npm run check` that tell which room may use which. */
const rules = ['noRestrictedImports', 'noImportCycles', 'plugin']

/** Imports against the order of the rooms: by whom, and what. */
const refused = [
  ['broker/model/leaf.ts', `import '../settings/settings.ts'`],
  ['broker/settings/ground.ts', `import '../catalog/catalog.ts'`],
  ['broker/catalog/offering.ts', `import '../operations/operations.ts'`],
  ['broker/states/places.ts', `import '../provisioner/naming.ts'`],
  ['broker/operations/queue.ts', `import '../drift/drift.ts'`],
  ['broker/drift/later.ts', `const later = () => import('../operator/drift.ts')`],
  ['broker/adoption/again.ts', `export * from '../osb/app.ts'`],
  ['broker/osb/deploying.ts', `import '../provisioner/naming.ts'`],
  ['broker/operator/running.ts', `import '../commands/cdktf-app.ts'`],
  ['broker/commands/platforms.ts', `import '../osb/app.ts'`],
  ['broker/commands/doctor/platforms.ts', `import '../../osb/app.ts'`],

  ['broker/drift/others.ts', `import '../operations/tables.ts'`],
  ['broker/orphans/rows.ts', `import '../instances/tables.ts'`],
  ['broker/commands/rows.ts', `import '../states/tables.ts'`],
  ['broker/start/rows.ts', `import '../instances/tables.ts'`],
  ['broker/rows.ts', `import './instances/tables.ts'`],

  ['broker/platform/inside.ts', `import '../../stacks/local-aws/local-aws.ts'`],
  ['broker/commands/inside.ts', `import '../../stacks/local-aws/local-aws.ts'`],
  ['broker/start/inside.ts', `import '../../stacks/local-aws/api/endpoint.ts'`],
  ['broker/provisioner/store.ts', `import '../../state-backend/store.ts'`],
  ['broker/settings/theirs.ts', `import '../../state-backend/settings/settings.ts'`],
  ['broker/commands/states/store.ts', `import '../../../state-backend/store.ts'`],

  ['stacks/knowing.ts', `import '../broker/model/version.ts'`],
  ['stacks/local-aws/api/knowing.ts', `import '../../../state-backend/index.ts'`],
  ['state-backend/knowing.ts', `import '../stacks/load.ts'`],
  ['state-backend/logins/by-themselves.ts', `import '../store.ts'`],
  ['state-backend/settings/warnings.ts', `import '../store.ts'`],

  ['broker/commands/names.ts', `import { shown } from '../operator/shown.ts'`],
  ['broker/commands/whole.ts', `import * as all from '../operator/shown.ts'`],
  ['broker/commands/effects.ts', `import '../operator/shown.ts'`],
  ['broker/commands/handed-on.ts', `export { shown } from '../operator/shown.ts'`],
  ['broker/commands/all-handed-on.ts', `export * from '../operator/shown.ts'`],
  ['broker/commands/later.ts', `const later = () => import('../operator/shown.ts')`],
  ['broker/commands/doctor/names.ts', `import { shown } from '../../operator/shown.ts'`],

  ['broker/model/circle.ts', `import type { Back } from './back.ts'\nexport type Circle = Back`],
  ['broker/model/back.ts', `import type { Circle } from './circle.ts'\nexport type Back = Circle`],
] as const

/** Each like one that is refused, and in order. */
const allowed = [
  ['broker/operations/rows.ts', `import '../instances/tables.ts'\nimport './tables.ts'`],
  ['broker/start/open-all.ts', `import '../osb/app.ts'\nimport '../../state-backend/index.ts'`],
  ['broker/platform/stand-in.ts', `import '../../stacks/local-aws/index.ts'`],
  ['broker/commands/stand-in.ts', `import '../../stacks/local-aws/index.ts'`],
  ['broker/settings/both.ts', `import '../../state-backend/settings/warnings.ts'`],
  ['broker/commands/states/moving.ts', `import '../../../state-backend/postgres/pool.ts'`],
  ['broker/commands/types.ts', `import type { Shown } from '../operator/shown.ts'`],
  ['broker/commands/types-handed-on.ts', `export type { Shown } from '../operator/shown.ts'`],
  ['broker/commands/asking.ts', `const later = () => fetch('/operator/instances')`],
] as const

test('each import against the order of the rooms is refused, and none that is in order', async () => {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'rooms-')))
  try {
    for (const file of ['biome.json', 'biome.rooms.json', 'biome-types-only.grit']) {
      copyFileSync(join(root, file), join(directory, file))
    }
    for (const [file, text] of [...refused, ...allowed]) {
      mkdirSync(dirname(join(directory, file)), { recursive: true })
      writeFileSync(join(directory, file), `${text}\n`)
    }
    const only = rules.map((rule) => `--only=${rule}`)
    const options = ['--vcs-enabled=false', '--reporter=github', '--max-diagnostics=none', ...only]
    const { stdout } = await execa(process.execPath, [biome, 'lint', ...options, '.'], {
      cwd: directory,
      reject: false,
    })
    const found = [...stdout.matchAll(/^::error .*?\bfile=(.*?),/gm)].map(([, file]) =>
      relative(directory, file ?? ''),
    )
    expect(found.sort()).toEqual(refused.map(([file]) => file).sort())
  } finally {
    rmSync(directory, { recursive: true })
  }
})
