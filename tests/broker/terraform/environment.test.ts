import { expect, onTestFinished, test, vi } from 'vitest'
import { programEnvironment } from '../../../broker/terraform/environment.ts'

test.each([
  { given: { AWS_CA_BUNDLE: '/aws.pem' }, file: '/aws.pem' },
  { given: { AWS_CA_BUNDLE: '/aws.pem', SSL_CERT_FILE: '/all.pem' }, file: '/all.pem' },
  { given: { SSL_CERT_FILE: '/all.pem' }, file: '/all.pem' },
  { given: {}, file: undefined },
])('of $given terraform gets the one file of authorities that all of its parts take', ({ given, file }) => {
  for (const [name, value] of Object.entries({
    AWS_CA_BUNDLE: undefined,
    SSL_CERT_FILE: undefined,
    ...given,
  }))
    vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  const { AWS_CA_BUNDLE, SSL_CERT_FILE } = programEnvironment()
  expect({ AWS_CA_BUNDLE, SSL_CERT_FILE }).toEqual({ AWS_CA_BUNDLE: undefined, SSL_CERT_FILE: file })
})

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
