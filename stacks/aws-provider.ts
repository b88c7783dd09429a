import { arch, platform } from 'node:os'

/**
 * The provider that the stacks ask for, at the version that `@cdktf/provider-aws` is made for. Operators may choose
 * another one.
 */
export const awsProvider = { source: 'registry.terraform.io/hashicorp/aws', version: '6.25.0' }

const architectures: Record<string, string> = { x64: 'amd64', arm64: 'arm64' }

/** This machine, as Terraform names it in the paths of providers: linux_amd64. */
export const providerTarget = `${platform()}_${architectures[arch()] ?? arch()}`
