/** What differs between one machine and AWS. Everything else is the same code and the same stack. */
export interface Platform {
  /** Environment variables of every terraform, the provider's installation among them. */
  environment: Record<string, string>
  /** PEM of the authority that signed the servers' certificates, where clients don't know it already. */
  caCertificate?: string
}
