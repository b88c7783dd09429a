/** The least of settings on AWS. */
export const aws = {
  PLATFORM: 'aws',
  BROKER_USERNAME: 'platform',
  BROKER_PASSWORD: 'long and secret enough',
  AWS_REGION: 'us-gov-west-1',
  SUBNET_GROUP: 'redis',
  SECURITY_GROUPS: 'sg-1, sg-2',
  TAG_BROKER: 'redis-of-production',
  STATE_KEYS: '2026-11:MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=',
}
