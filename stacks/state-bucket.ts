/**
 * The app that makes the bucket for states in S3, to be deployed once by an operator:
 * `npx cdktf deploy --app 'node --disable-warning=ExperimentalWarning stacks/state-bucket.ts'`
 *
 * Settings: STATE_S3_BUCKET, STATE_S3_REGION (or AWS_REGION), STATE_S3_OLD_VERSION_DAYS (90).
 */
import { App } from './cdktf.ts'
import { StateBucketStack } from './state-bucket-stack.ts'

const { STATE_S3_BUCKET: bucket, STATE_S3_REGION, AWS_REGION, STATE_S3_OLD_VERSION_DAYS = '90' } = process.env
const region = STATE_S3_REGION ?? AWS_REGION
const oldVersionDays = Number(STATE_S3_OLD_VERSION_DAYS)

if (bucket && region && Number.isInteger(oldVersionDays) && oldVersionDays > 0) {
  const app = new App(process.env.CDKTF_OUTDIR ? { outdir: process.env.CDKTF_OUTDIR } : {})
  new StateBucketStack(app, { bucket, region, oldVersionDays })
  app.synth()
} else {
  process.stderr.write('Set STATE_S3_BUCKET, and STATE_S3_REGION or AWS_REGION.\n')
  process.exitCode = 1
}
