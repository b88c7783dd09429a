/** Where Terraform's states can live: `http` is this project's own backend; the others are Terraform's. */
export const stateKinds = ['http', 's3', 'pg'] as const
export type StateKind = (typeof stateKinds)[number]
