import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Credentials } from '../../state-backend/grants.ts'

/** A directory with a configuration of `terraform_data`, which needs no provider, and a terraform in it. */
export class Workspace {
  readonly directory = mkdtempSync(join(tmpdir(), 'terraform-'))
  readonly #environment: Record<string, string>

  constructor(address: string, { username, password }: Credentials) {
    this.#environment = {
      TF_HTTP_ADDRESS: address,
      TF_HTTP_LOCK_ADDRESS: `${address}/lock`,
      TF_HTTP_UNLOCK_ADDRESS: `${address}/lock`,
      TF_HTTP_USERNAME: username,
      TF_HTTP_PASSWORD: password,
      TF_HTTP_RETRY_WAIT_MIN: '1',
      TF_CLI_CONFIG_FILE: this.path('terraform.rc'),
      CHECKPOINT_DISABLE: '1',
    }
    writeFileSync(this.path('terraform.rc'), '')
  }

  path(name: string): string {
    return join(this.directory, name)
  }

  exists(name: string): boolean {
    return existsSync(this.path(name))
  }

  /** Writes the configuration: `input` is in the state, `more` are further blocks. */
  configure(input: string, { backend = 'http', more = '' } = {}): void {
    writeFileSync(
      this.path('main.tf'),
      `terraform {
        backend "${backend}" {}
      }
      resource "terraform_data" "a" { input = "${input}" }
      output "input" { value = terraform_data.a.output }
      ${more}`,
    )
  }

  /** Runs terraform. Does not reject when it fails: look at `exitCode`, `stdout`, `stderr`. */
  run(...args: string[]) {
    return execa('terraform', args, {
      cwd: this.directory,
      env: { ...this.#environment, TF_CLI_ARGS: '-no-color', TF_INPUT: '0' },
      reject: false,
    })
  }

  apply(...args: string[]) {
    return this.run('apply', '-auto-approve', ...args)
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}
