import { mkdtempSync, symlinkSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { LocalAws as Aws, type LocalAws } from '../../../stacks/local-aws/index.ts'
import { TestBroker } from '../../support/broker.ts'
import { type Postgres, startPostgres } from '../../support/postgres.ts'
import { kill, type ProgramName, programs } from '../../support/processes.ts'

/** Two brokers with a disk of their own each, as on two machines; one PostgreSQL and one AWS. */
export class Site {
  readonly directory: string
  readonly brokers: TestBroker[] = []
  readonly postgres: Postgres
  readonly aws: LocalAws

  private constructor(directory: string, postgres: Postgres) {
    this.directory = directory
    this.postgres = postgres
    this.aws = Aws.open(join(directory, 'aws'))
  }

  static async start(environment: Record<string, string> = {}): Promise<Site> {
    const directory = mkdtempSync(join(tmpdir(), 'site-'))
    await mkdir(join(directory, 'aws'))
    const site = new Site(directory, await startPostgres())
    try {
      for (const name of ['a', 'b']) {
        const dataDirectory = join(directory, name)
        await mkdir(dataDirectory)
        symlinkSync(join(directory, 'aws'), join(dataDirectory, 'local-aws'))
        const broker = await TestBroker.start({
          DATA_DIR: dataDirectory,
          DATABASE_URL: site.postgres.url,
          STATE_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
          DRIFT_SCHEDULE: 'off',
          ...environment,
        })
        site.brokers.push(broker)
      }
      return site
    } catch (error) {
      await site.remove()
      throw error
    }
  }

  /** Whatever runs for an attempt, on either machine. */
  programs(name?: ProgramName): number[] {
    return programs(this.directory, name)
  }

  /** Also after a failure: ends all that was started, and removes every file. */
  async remove(): Promise<void> {
    for (const broker of this.brokers) await broker.stop()
    for (const pid of this.programs()) kill(pid)
    while (this.programs().length > 0) await sleep(50)
    await this.aws.stop()
    this.aws.close()
    await this.postgres.stop()
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5 })
  }
}
