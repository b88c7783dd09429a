import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { awsProvider, providerTarget } from '../../stacks/aws-provider.ts'

export interface HashicorpProvider {
  /** A Terraform filesystem mirror that has it unpacked. */
  mirror: string
  version: string
}

/** HashiCorp's AWS provider, where the machine has one unpacked: in AWS_PROVIDER_MIRROR, or else anywhere. */
export function findHashicorpProvider(): HashicorpProvider | undefined {
  const { AWS_PROVIDER_MIRROR: given } = process.env
  const name = 'terraform-provider-aws_v*_x5'
  const tests = ['-name', name, '-type', 'f', '-perm', '-u+x', '-print', '-quit']
  const elsewhere = [
    '/',
    '-xdev',
    '(',
    '-path',
    '/proc',
    '-o',
    '-path',
    '/sys',
    '-o',
    '-path',
    '/tmp',
    ')',
    '-prune',
  ]
  const words = given ? [given, ...tests] : [...elsewhere, '-o', ...tests]
  const path = spawnSync('find', words, { encoding: 'utf8' }).stdout?.trim()
  const [mirror, rest] = path?.split(`/${awsProvider.source}/`) ?? []
  const [version, target] = rest?.split('/') ?? []
  return mirror && version && target === providerTarget ? { mirror: join(mirror), version } : undefined
}
