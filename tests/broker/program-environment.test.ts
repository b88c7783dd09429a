import { expect, onTestFinished, test, vi } from 'vitest'
import { programEnvironment } from '../../broker/program-environment.ts'

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
