import { type Construct, HttpBackend, PgBackend, S3Backend } from './cdktf.ts'

/**
 * Where Terraform keeps the state of one stack. It is part of `cdk.tf.json`, so nothing here is secret:
 * credentials come from the environment.
 */
export type StateLocation = HttpLocation | S3Location | PgLocation

interface HttpLocation {
  type: 'http'
  /** Of the state; its lock is at `<address>/lock`. With TF_HTTP_USERNAME and TF_HTTP_PASSWORD. */
  address: string
}

/** With AWS's own environment variables, files or roles. */
interface S3Location {
  type: 's3'
  bucket: string
  region: string
  key: string
  /** The bucket's own encryption by default. */
  kmsKey?: string
  /** Of an S3-compatible store; AWS by default. */
  endpoint?: string
  pathStyle: boolean
}

interface PgLocation {
  type: 'pg'
  /** A schema of the stack's own. With PG_CONN_STR, which may hold a password. */
  schema: string
}

export function addBackend(stack: Construct, location: StateLocation): void {
  switch (location.type) {
    case 'http': {
      const { address } = location
      new HttpBackend(stack, { address, lockAddress: `${address}/lock`, unlockAddress: `${address}/lock` })
      return
    }
    case 's3': {
      const { bucket, region, key, kmsKey, endpoint, pathStyle } = location
      const backend = new S3Backend(stack, {
        bucket,
        region,
        key,
        // Without a key of its own in the request, S3 encrypts with the bucket's: to ask for encryption only would
        // be to ask for AES256 instead.
        ...(kmsKey ? { encrypt: true, kmsKeyId: kmsKey } : {}),
        ...(endpoint ? { endpoints: { s3: endpoint }, ...onlyS3 } : {}),
        usePathStyle: pathStyle,
      })
      // cdktf's class does not know it.
      backend.addOverride('use_lockfile', true)
      return
    }
    case 'pg': {
      const backend = new PgBackend(stack, { schemaName: location.schema, connStr: '' })
      // cdktf's class insists on it; Terraform takes it from the environment.
      backend.addOverride('conn_str', undefined)
    }
  }
}

/** An S3-compatible store has none of AWS's other services, regions or newer checksums. */
const onlyS3 = {
  skipCredentialsValidation: true,
  skipMetadataApiCheck: true,
  skipRegionValidation: true,
  skipRequestingAccountId: true,
  skipS3Checksum: true,
}
