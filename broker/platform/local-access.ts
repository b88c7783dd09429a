/** Where the local AWS is found unless a setting says otherwise, or somebody else is there. */
export const usualPort = 8081

/** The configuration with which clients of the AWS SDK ask the local AWS, and nothing of the machine's own access. */
export function localAccess(endpoint: string) {
  return {
    endpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
  }
}
