import { expect, test, vi } from 'vitest'
import { programEnvironment } from '../../broker/program-environment.ts'

test("a user's own settings for Terraform and cdktf do not reach those that the broker runs", () => {
  for (const name of [
    'TF_CLI_ARGS',
    'TF_CLI_ARGS_apply',
    'TF_WORKSPACE',
    'TF_VAR_x',
    'TF_LOG',
    'CDKTF_OUTDIR',
  ]) {
    vi.stubEnv(name, 'x')
  }
  vi.stubEnv('AWS_REGION', 'eu-central-1')
  const environment = programEnvironment()
  vi.unstubAllEnvs()
  expect(Object.keys(environment).filter((name) => /^(TF|CDKTF)_/.test(name))).toEqual([])
  expect(environment.AWS_REGION).toBe('eu-central-1')
})
