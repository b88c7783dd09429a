/** The provider that the stacks ask for, as `@cdktf/provider-aws` pins it. */
export const awsProvider = { source: 'registry.terraform.io/hashicorp/aws', version: '6.25.0' }
