import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { type Benchmark, ratios } from './figure.ts'
import { startBare } from './start-bare.ts'

/** Bytes of a state, a few times those of a Redis. */
const size = 50_000

const backends = ['http', 'pg', 'bare'] as const
type Backend = (typeof backends)[number]

/** The same terraform commands with the states in the broker, and in Terraform's own `pg` backend on its database. */
export const stateBackend: Benchmark = {
  name: 'state-backend',
  async run({ short, print, onPostgres }) {
    const { broker, postgres, close } = await onPostgres()
    const root = await mkdtemp(join(tmpdir(), 'state-benchmark-'))
    const address = `${broker.url}/state/${randomUUID()}`
    const bare = await startBare(postgres.url)
    const bareAddress = `${bare.url}/state/one`
    const environments: Record<Backend, Record<string, string>> = {
      http: {
        TF_HTTP_ADDRESS: address,
        TF_HTTP_LOCK_ADDRESS: `${address}/lock`,
        TF_HTTP_UNLOCK_ADDRESS: `${address}/lock`,
        TF_HTTP_USERNAME: 'operator',
        TF_HTTP_PASSWORD: 'operator',
      },
      bare: {
        TF_HTTP_ADDRESS: bareAddress,
        TF_HTTP_LOCK_ADDRESS: `${bareAddress}/lock`,
        TF_HTTP_UNLOCK_ADDRESS: `${bareAddress}/lock`,
      },
      pg: { PG_CONN_STR: `${postgres.url}?sslmode=disable` },
    }
    const rounds = short ? 1 : 30
    const times: Record<string, Record<Backend, number[]>> = {}
    const timed = async (what: string, backend: Backend, args: string[]) => {
      const begun = performance.now()
      await execa('terraform', args, { cwd: join(root, backend), env: environments[backend] })
      times[what] ??= { http: [], pg: [], bare: [] }
      times[what][backend].push(performance.now() - begun)
    }
    try {
      for (const backend of backends) {
        const configuration = {
          terraform: { backend: { [backend === 'pg' ? 'pg' : 'http']: {} } },
          variable: { content: { type: 'string' } },
          resource: { terraform_data: { one: { input: `\${var.content}${'x'.repeat(size / 2)}` } } },
        }
        await execa('mkdir', ['-p', join(root, backend)])
        await writeFile(join(root, backend, 'main.tf.json'), JSON.stringify(configuration))
        await execa('terraform', ['init', '-input=false'], {
          cwd: join(root, backend),
          env: environments[backend],
        })
      }
      for (let round = 0; round < rounds; round++) {
        if (round % 10 === 0) print(`round ${round + 1} of ${rounds}`)
        // Each comes after each of the others.
        for (const backend of round % 2 ? backends : backends.toReversed()) {
          const change = ['-auto-approve', '-input=false', `-var=content=${round}`]
          await timed('apply: GET, LOCK, POST, UNLOCK', backend, ['apply', ...change])
          await timed('state pull: GET', backend, ['state', 'pull'])
        }
      }
    } finally {
      await rm(root, { recursive: true, force: true })
      bare.stop()
      await close()
    }
    return Object.entries(times).flatMap(([what, { http, pg, bare }]) => [
      {
        name: `terraform ${what}: speed / that of the pg backend`,
        unit: 'ratio',
        values: ratios(pg, http),
        goal: '>= 1',
      },
      {
        name: '  the floor: bare Hono with one statement for a request',
        unit: 'ratio',
        values: ratios(pg, bare),
      },
    ])
  },
}
