import { AwsProvider, type Construct, TerraformOutput, TerraformStack } from './cdktf.ts'
import {
  KmsAlias,
  KmsKey,
  S3Bucket,
  S3BucketLifecycleConfiguration,
  S3BucketOwnershipControls,
  S3BucketPolicy,
  S3BucketPublicAccessBlock,
  S3BucketServerSideEncryptionConfiguration,
  S3BucketVersioning,
} from './cdktf-bucket.ts'

export interface StateBucketSpec {
  region: string
  /** Unique among all buckets of AWS. */
  bucket: string
  /** Days that a version stays after a newer one has replaced it. */
  oldVersionDays: number
}

/**
 * The bucket for states in `s3`, made once for a platform: encrypted with a key of its own, with versions, over
 * TLS only, closed to the public. Destroying it is refused: it holds every instance's state.
 */
export class StateBucketStack extends TerraformStack {
  constructor(scope: Construct, { region, bucket: name, oldVersionDays }: StateBucketSpec) {
    super(scope, 'state-bucket')
    new AwsProvider(this, 'aws', { region })

    const key = new KmsKey(this, 'key', {
      description: `Terraform states in ${name}`,
      enableKeyRotation: true,
      lifecycle: { preventDestroy: true },
    })
    new KmsAlias(this, 'alias', { name: `alias/${name}`, targetKeyId: key.keyId })

    const bucket = new S3Bucket(this, 'bucket', { bucket: name, lifecycle: { preventDestroy: true } })
    const versioning = new S3BucketVersioning(this, 'versioning', {
      bucket: bucket.id,
      versioningConfiguration: { status: 'Enabled' },
    })
    new S3BucketServerSideEncryptionConfiguration(this, 'encryption', {
      bucket: bucket.id,
      rule: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: key.arn },
          // One call to KMS serves many objects.
          bucketKeyEnabled: true,
        },
      ],
    })
    new S3BucketOwnershipControls(this, 'ownership', {
      bucket: bucket.id,
      rule: { objectOwnership: 'BucketOwnerEnforced' },
    })
    const closed = new S3BucketPublicAccessBlock(this, 'public_access', {
      bucket: bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    })
    new S3BucketPolicy(this, 'policy', {
      bucket: bucket.id,
      policy: JSON.stringify(tlsOnly(bucket.arn)),
      // AWS refuses two changes of a bucket's access at a time.
      dependsOn: [closed],
    })
    new S3BucketLifecycleConfiguration(this, 'old_versions', {
      bucket: bucket.id,
      rule: [
        {
          id: 'old-versions',
          status: 'Enabled',
          filter: [{ prefix: '' }],
          noncurrentVersionExpiration: [{ noncurrentDays: oldVersionDays }],
          expiration: [{ expiredObjectDeleteMarker: true }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 1 }],
        },
      ],
      dependsOn: [versioning],
    })

    new TerraformOutput(this, 'STATE_S3_BUCKET', { value: bucket.bucket, staticId: true })
    new TerraformOutput(this, 'STATE_S3_KMS_KEY', { value: key.arn, staticId: true })
  }
}

function tlsOnly(arn: string) {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'OnlyOverTls',
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: [arn, `${arn}/*`],
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ],
  }
}
