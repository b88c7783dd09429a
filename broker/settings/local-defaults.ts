/** On one machine nobody has to set anything; `npm start` prints the logins. */
export const localDefaults = {
  HOST: '127.0.0.1',
  BROKER_USERNAME: 'broker',
  BROKER_PASSWORD: 'broker',
  OPERATOR_USERNAME: 'operator',
  OPERATOR_PASSWORD: 'operator',
  AWS_REGION: 'us-east-1',
  // The subnet group and security group that the local AWS has from the start.
  SUBNET_GROUP: 'default',
  SECURITY_GROUPS: 'sg-00000000000000000',
  TAG_BROKER: 'elasticache-redis-broker',
}
